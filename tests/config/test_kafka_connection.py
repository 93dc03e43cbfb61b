"""A connection that was lost a moment ago, on uvloop, with a server at its other end."""

import asyncio
from collections.abc import Iterator

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from config.kafka_connection import install

LENGTH, HEADER_BEFORE_CORRELATION = 4, 4


@pytest.fixture
def unpatched() -> Iterator[None]:
    send = AIOKafkaConnection.send
    AIOKafkaConnection.send = getattr(send, "__wrapped__", send)
    yield
    AIOKafkaConnection.send = send


async def _says_it_speaks_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    size = int.from_bytes(await reader.readexactly(LENGTH), "big")
    asked = await reader.readexactly(size)
    correlation = asked[HEADER_BEFORE_CORRELATION : HEADER_BEFORE_CORRELATION + 4]
    answer = correlation + b"\0\0" + b"\0\0\0\0"
    writer.write(len(answer).to_bytes(LENGTH, "big") + answer)
    await reader.read()
    writer.close()


async def _write_to_a_lost_connection() -> AIOKafkaConnection:
    server = await asyncio.start_server(_says_it_speaks_nothing, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        connection = await create_conn(host, port)
        connection._read_task.cancel()  # it would see the end too, in the same turn of the loop or the next
        connection._writer.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(KafkaConnectionError, match=r"broken.*closed"):
            await connection.send(ApiVersionRequest())
        return connection


@pytest.mark.usefixtures("unpatched")
def test_a_write_to_a_lost_connection_is_a_kafka_error_and_closes_it() -> None:
    install()
    assert not uvloop.run(_write_to_a_lost_connection()).connected()


@pytest.mark.usefixtures("unpatched")
def test_aiokafka_alone_lets_another_error_through() -> None:
    """When this fails the client has been mended, and `install` can go."""
    with pytest.raises(RuntimeError, match="handler is closed"):
        uvloop.run(_write_to_a_lost_connection())


@pytest.mark.usefixtures("unpatched")
def test_installed_twice_is_installed_once() -> None:
    install()
    once = AIOKafkaConnection.send
    install()
    assert AIOKafkaConnection.send is once

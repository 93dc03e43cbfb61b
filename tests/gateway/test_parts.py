import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from config.settings import Settings
from gateway import parts
from gateway.auth import AuthSettingError
from gateway.parts import Parts
from local import certificates


@asynccontextmanager
async def served(tmp_path: Path, pieces: list[bytes]) -> AsyncIterator[str]:
    """An address with TLS at which a document comes in `pieces`, a little apart."""

    async def answer(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in pieces:
            await answer.write(piece)
            await asyncio.sleep(0.1)
        return answer

    certificates.make(tmp_path, "login", "login.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "login.pem")
    app = web.Application()
    app.router.add_get("/keys", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/keys"
    finally:
        await runner.cleanup()


def document() -> bytes:
    public = rsa.generate_private_key(65537, 2048).public_key()
    return orjson.dumps({"keys": [RSAAlgorithm.to_jwk(public, as_dict=True) | {"kid": "one"}]})


async def keys(place: str) -> set[str]:
    made = Parts(Settings(_env_file=None, gateway_jwks=place), lambda *_: None, lambda *_: [])
    await made.read_keys()
    return set(made.authenticator.public_keys)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take certificates of the authority that `served` makes for those of a known one."""

    session = aiohttp.ClientSession

    def made(**options: Any) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=tmp_path / "ca.pem"))
        return session(connector=connector, **options)

    monkeypatch.setattr(aiohttp, "ClientSession", made)


@pytest.mark.usefixtures("trusted")
async def test_public_keys_that_come_in_pieces_are_read_to_their_end(tmp_path: Path) -> None:
    whole = document()
    async with served(tmp_path, [whole[:100], whole[100:]]) as place:
        assert await keys(place) == {"one"}


@pytest.mark.usefixtures("trusted")
async def test_a_document_of_keys_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_JWKS_BYTES", 200)
    async with served(tmp_path, [document()]) as place:
        with pytest.raises(AuthSettingError, match="more than 200 bytes"):
            await keys(place)


async def test_keys_that_are_not_there_are_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(AuthSettingError, match=r"no-such\.json can't be read: No such file"):
        await keys(str(tmp_path / "no-such.json"))


async def test_an_address_of_keys_is_named_without_its_login() -> None:
    with pytest.raises(AuthSettingError, match=r"127\.0\.0\.1 can't be read") as refused:
        await keys("https://user:hush@127.0.0.1:1/keys")
    assert "hush" not in str(refused.value)

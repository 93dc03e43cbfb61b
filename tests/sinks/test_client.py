"""The client, and errors in one line."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from config.settings import Settings
from local.ports import free_port
from local.stack import Stack
from sinks.client import connect, explained
from sinks.errors import ClickHouseAway, ClickHouseRefusal, SinkError
from tests.sinks.conftest import settings_for

URL = "http://host:1"


def test_nothing_at_the_address() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ClickHouseAway) as caught:
        connect(Settings(_env_file=None, clickhouse_url=address))
    assert str(caught.value).startswith(f"nothing answers at {address}: start it with masterx up")
    assert "\n" not in str(caught.value)


def test_an_address_that_is_none() -> None:
    with pytest.raises(SinkError, match="MASTERX_CLICKHOUSE_URL is no http"):
        connect(Settings(_env_file=None, clickhouse_url="clickhouse:9000"))


@pytest.mark.stack
def test_a_wrong_password(stack: Stack) -> None:
    with pytest.raises(ClickHouseRefusal, match="MASTERX_CLICKHOUSE_PASSWORD") as caught:
        connect(settings_for(stack, clickhouse_user="nobody", clickhouse_password="wrong"))
    assert "\n" not in str(caught.value)


@pytest.mark.stack
def test_several_queries_at_once_on_one_client(stack: Stack) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = connect(settings_for(stack))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: client.query(f"SELECT {n} + sum(number) FROM numbers(1000)"), range(8)))
    client.close()
    assert [answer.result_rows[0][0] for answer in answers] == [499500 + n for n in range(8)]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("connection refused"), ClickHouseAway),
        (DatabaseError("memory", code=241), ClickHouseAway),
        (DatabaseError("no table", code=60), ClickHouseRefusal),
        (DatabaseError("bad gateway"), ClickHouseRefusal),
    ],
)
def test_what_is_away_and_what_is_a_refusal(error: DatabaseError, kind: type[SinkError]) -> None:
    assert type(explained(error, URL)) is kind


def test_a_missing_table_says_what_to_run() -> None:
    assert "run masterx migrate" in str(explained(DatabaseError("no table", code=60), URL))

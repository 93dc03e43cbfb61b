"""The whole way on real parts: Kafka, five agents, a provider on a socket, ClickHouse; and workers killed half way.

Kafka has TLS, passwords and rights here: each worker logs in as a user who may do what its app does and no more.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from benchmarks.load import TENANT, messages
from cli.clickhouse import connected
from cli.replay.drive import Drive
from cli.replay.pace import Speed
from cli.stack import environment, settings_for
from cli.workers import Workers
from config.kafka import librdkafka
from config.settings import Settings
from local.stack import Stack
from pipeline.access import user_of
from pipeline.names import APPS
from schemas.topics import MESSAGES
from sinks.migrate import migrate
from tests.end_to_end.bad_records import MOST_BYTES, bad_records

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(300)]

COUNT, LEARNERS = 1000, 100


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole-way")


@pytest.fixture(scope="module")
def variables(secured: Stack) -> dict[str, str]:
    # Restarting three workers on a busy machine may take longer than a learner is to wait; this is not about that.
    return environment(secured, test_provider=True) | {"MASTERX_DEADLINE_SECONDS": "120", "MASTERX_LOG_LEVEL": "INFO"}


@pytest.fixture(scope="module")
def settings(variables: dict[str, str]) -> Settings:
    return settings_for(variables)


@pytest.fixture(scope="module")
def clickhouse(settings: Settings) -> Iterator[Client]:
    with connected(settings) as client:
        yield client


@pytest.fixture(scope="module")
def workers(
    settings: Settings, variables: dict[str, str], clickhouse: Client, place: Path, secured: Stack
) -> Iterator[Workers]:
    migrate(clickhouse, settings)
    logins = {app: secured.credentials(user_of(app)) for app in APPS}
    with Workers(place / "workers", variables, own=logins) as running:
        yield running
        # Shown by pytest where a test failed.
        for log in sorted((place / "workers").glob("*.log")):
            print(f"== {log.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")


def scalar(client: Client, sql: str, **parameters: Any) -> Any:
    return client.query(sql, parameters=parameters).result_rows[0][0]


def produce_bad(settings: Settings) -> dict[str, str]:
    """Produce every bad record; partition and offset → the reason its dead letter is to give."""
    wanted: dict[str, str] = {}
    producer = Producer({**librdkafka(settings), "message.max.bytes": 2 * MOST_BYTES})

    def stood(reason: str) -> Any:
        def note(error: Any, message: Any) -> None:
            assert error is None
            wanted[f"{message.partition()}/{message.offset()}"] = reason

        return note

    for bad in bad_records(settings.max_text_chars):
        producer.produce(MESSAGES.name, bad.value, bad.key, on_delivery=stood(bad.reason))
    assert producer.flush(30) == 0
    return wanted


def test_thousand_messages_are_answered_once_in_order_though_each_worker_is_killed(
    settings: Settings, workers: Workers, clickhouse: Client
) -> None:
    drive = Drive(settings, messages(COUNT, LEARNERS), Speed(), patience=90, in_flight=150)
    bad: dict[str, str] = {}

    def interfere() -> None:
        for app in ("core", "routing", "sinks"):
            time.sleep(2)
            (worker,) = workers.of(app)
            worker.kill()
            bad.update(produce_bad(settings) if app == "core" else {})
            worker.start()

    interference = threading.Thread(target=interfere)
    interference.start()
    verdict = drive.run()
    interference.join()

    assert verdict.figures() | {"p50_ms": None, "p99_ms": None} == {
        "sent": COUNT,
        "answered": COUNT,
        "answered_by_provider": COUNT,
        "lost": 0,
        "duplicated": 0,
        "out_of_order": 0,
        "dead_lettered": 0,
        "p50_ms": None,
        "p99_ms": None,
    }
    for view in ("fact_messages", "fact_contexts", "fact_emotions", "fact_responses"):
        table = f"{settings.clickhouse_database}.{view}"
        for counted in ("count()", "uniqExact(message_id)"):
            sql = f"SELECT {counted} FROM {table} WHERE tenant_id = {{tenant:String}}"
            assert eventually(lambda sql=sql: scalar(clickhouse, sql, tenant=TENANT), COUNT), view
    turns = clickhouse.query(
        f"SELECT learner_id, arraySort(groupArray(turn)) FROM {settings.clickhouse_database}.fact_responses "
        "WHERE tenant_id = {tenant:String} GROUP BY learner_id",
        parameters={"tenant": TENANT},
    ).result_rows
    assert len(turns) == LEARNERS
    assert all(numbers == list(range(1, COUNT // LEARNERS + 1)) for _, numbers in turns)
    assert len(bad) == len(bad_records(settings.max_text_chars))
    assert eventually(lambda: dead_letters(clickhouse, settings), bad)
    cut = f"SELECT countIf(error LIKE 'too large to copy%') FROM {settings.clickhouse_database}.fact_dead_letters"
    assert scalar(clickhouse, cut) == 1
    assert scalar(clickhouse, f"SELECT count() FROM {settings.clickhouse_database}.fact_responses") == COUNT


def dead_letters(client: Client, settings: Settings) -> dict[str, str]:
    rows = client.query(
        "SELECT concat(toString(origin_partition), '/', toString(origin_offset)), reason "
        f"FROM {settings.clickhouse_database}.fact_dead_letters WHERE origin_topic = '{MESSAGES.name}' AND error != ''"
    ).result_rows
    return dict(rows)


def eventually(look: Any, wanted: Any, seconds: float = 30) -> bool:
    """Whether `look()` gives `wanted` before long; shows the difference when it does not."""
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == wanted
    return True

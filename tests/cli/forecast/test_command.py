"""`masterx forecast` on the real engine."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from clickhouse_connect.driver.client import Client

from cli import exits
from cli.clickhouse import connected
from cli.forecast.minutes import ATTEMPTS, COST, MESSAGES, Minutes
from cli.stack import settings_for
from local.stack import Stack
from sinks.migrate import migrate
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[3]
HOURS = 30
INSERTS = (
    ("raw_messages", "", 60),
    ("raw_attempts", "", 30),
    ("raw_responses", ", cost_usd, lost_usd", 60),
)


@pytest.fixture(scope="module")
def loaded(stack: Stack) -> Iterator[tuple[dict[str, str], Client]]:
    """A database with a message and its reply a minute, half as many attempts, for 30 hours until now."""
    variables = {**stack.environment(), "MASTERX_CLICKHOUSE_DATABASE": "forecast_tests"}
    with connected(settings_for(variables), database=False) as client:
        migrate(client, settings_for(variables))
        for table, column, each_hour in INSERTS:
            step = 3600 // each_hour
            client.command(
                f"INSERT INTO forecast_tests.{table} "
                f"(event_id, tenant_id, learner_id, sent_at, kafka_appended_at{column}) "
                f"SELECT generateUUIDv4(), 'tenant', 'ada', now64(6), toStartOfMinute(now()) - number * {step} - 1"
                f"{', 0.0005, 0.0015' if column else ''} FROM numbers({HOURS * each_hour})"
            )
        yield variables, client


def test_the_minutes_are_those_of_the_tables(loaded: tuple[dict[str, str], Client]) -> None:
    variables, _ = loaded
    minutes = Minutes()
    with connected(settings_for(variables)) as client:
        minutes.look(client, time.time())
        minutes.look(client, time.time())
    # The test may run a minute after the rows were made.
    assert len(minutes.hours(MESSAGES)) in (HOURS, HOURS - 1)
    assert set(minutes.hours(MESSAGES)[1:-1]) == {60.0}
    assert set(minutes.hours(ATTEMPTS)[1:-1]) == {30.0}
    assert all(abs(one - 0.12) < 1e-9 for one in minutes.hours(COST)[1:-1])


def test_the_command_says_what_comes(loaded: tuple[dict[str, str], Client], masterx: Masterx) -> None:
    done = masterx("forecast", "--json", **loaded[0])
    assert done.code == 0
    found = json.loads(done.out)
    assert found[MESSAGES]["low"] < 60 < found[MESSAGES]["high"]
    assert found[ATTEMPTS]["low"] < 30 < found[ATTEMPTS]["high"]
    assert found[COST]["low"] < 0.12 < found[COST]["high"]
    shown = masterx("forecast", **loaded[0])
    assert "messages" in shown.out and "expected" in shown.out


def stored(client: Client) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query("SELECT * FROM forecast_tests.fact_load_forecasts").result_rows]


def test_nothing_is_stored_unless_told_to(loaded: tuple[dict[str, str], Client], masterx: Masterx) -> None:
    variables, client = loaded
    client.command("TRUNCATE TABLE forecast_tests.raw_load_forecasts")
    assert masterx("forecast", **variables).code == exits.OK
    assert stored(client) == []
    done = masterx("forecast", "--store", "--json", **variables)
    found = json.loads(done.out)
    rows = {kind: (expected, low, high, yesterday) for kind, _, expected, low, high, yesterday, _ in stored(client)}
    assert {kind: row[:3] for kind, row in rows.items()} == {kind: tuple(one.values()) for kind, one in found.items()}
    # A message and a reply each minute, so yesterday too.
    assert (rows[MESSAGES][3], rows[ATTEMPTS][3], rows[COST][3]) == (60.0, 30.0, pytest.approx(0.12))


def test_the_scores_of_what_was_stored(loaded: tuple[dict[str, str], Client], masterx: Masterx) -> None:
    variables, client = loaded
    client.command("TRUNCATE TABLE forecast_tests.raw_load_forecasts")
    done = masterx("forecast", "--scores", **variables)
    assert (done.code, done.out) == (exits.OK, "")
    assert "--store" in done.error
    client.command(
        "INSERT INTO forecast_tests.raw_load_forecasts (kind, made_at, expected, low, high, yesterday) "
        "SELECT 'messages', toStartOfMinute(now()) - 3 * 3600, 50, 40, 70, 64"
    )
    [line] = masterx("forecast", "--scores", "--json", **variables).out.splitlines()
    found = json.loads(line)
    assert found["kind"] == MESSAGES
    assert (found["forecasts"], found["mean_came"], found["held_share"]) == (1, 60.0, 1.0)
    assert (found["mean_absolute_error"], found["yesterday_mean_absolute_error"]) == (10.0, 4.0)
    shown = masterx("forecast", "--scores", **variables).out
    assert re.search(r"messages\s+1\s+60\s+10\s+4\s+1.00", shown)


def test_a_table_that_is_not_there_is_one_line(loaded: tuple[dict[str, str], Client], masterx: Masterx) -> None:
    variables, client = loaded
    client.command("RENAME TABLE forecast_tests.raw_load_forecasts TO forecast_tests.away")
    try:
        done = masterx("forecast", "--store", **variables)
    finally:
        client.command("RENAME TABLE forecast_tests.away TO forecast_tests.raw_load_forecasts")
    assert (done.code, done.out) == (exits.BAD_INPUT, "")
    assert "run masterx migrate" in done.error


@pytest.mark.parametrize("option", ["--serve", "--store"])
def test_scores_forecast_nothing(masterx: Masterx, option: str) -> None:
    done = masterx("forecast", "--scores", option)
    assert done.code == exits.USAGE
    assert "leave --serve and --store out" in done.error


def test_without_records_it_says_so(masterx: Masterx, loaded: tuple[dict[str, str], Client]) -> None:
    variables, client = loaded
    client.command("CREATE DATABASE forecast_empty")
    for table, _, _ in INSERTS:
        client.command(f"CREATE TABLE forecast_empty.{table} AS forecast_tests.{table}")
    done = masterx("forecast", "--store", **{**variables, "MASTERX_CLICKHOUSE_DATABASE": "forecast_empty"})
    assert done.code == exits.OK
    assert done.out == ""
    assert "no whole hour" in done.err


def test_served_to_prometheus_and_stored_until_told_to_stop(loaded: tuple[dict[str, str], Client]) -> None:
    client = loaded[1]
    client.command("TRUNCATE TABLE forecast_tests.raw_load_forecasts")
    command = [sys.executable, "-m", "cli.main", "forecast", "--serve", "--store", "--port", "0", "--every", "0.2"]
    environment = {**os.environ, **loaded[0], "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = process.stderr.readline().partition(";")[0]
            shown = ""
            while "masterx_next_hour_cost_usd{" not in shown:
                shown = urlopen(address).read().decode()
                time.sleep(0.05)
            while len(stored(client)) < 3:
                time.sleep(0.05)
            # Looks of the same minute.
            time.sleep(0.6)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == exits.OK
        assert process.stderr.read() == ""
    each = "SELECT kind, made_at, count() FROM forecast_tests.raw_load_forecasts GROUP BY kind, made_at"
    counts = client.query(each).result_rows
    assert {kind for kind, _, _ in counts} == {MESSAGES, ATTEMPTS, COST}
    assert {count for _, _, count in counts} == {1}
    found = re.findall(r'masterx_next_hour_records\{bound="(\w+)",what="(\w+)"\}', shown)
    assert set(found) == {(bound, kind) for bound in ("expected", "low", "high") for kind in (MESSAGES, ATTEMPTS)}


def test_a_port_that_is_taken_is_one_line_and_code_73(masterx: Masterx) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = masterx("forecast", "--serve", "--port", str(taken.getsockname()[1]))
    assert done.code == exits.CANNOT_CREATE
    assert "choose another --port" in done.error


@pytest.mark.parametrize("every", ["nan", "inf", "1e300"])
def test_no_time_between_two_looks_is_wrong_usage(masterx: Masterx, every: str) -> None:
    done = masterx("forecast", "--serve", "--port", "0", "--every", every)
    assert (done.code, done.out, done.err.count("\n")) == (exits.USAGE, "", 1)

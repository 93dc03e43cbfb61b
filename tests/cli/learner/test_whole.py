"""Two learners of a running system, one of whom is erased."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from cli.clickhouse import connected
from cli.kafka import reader
from cli.learner import tables
from cli.learner.kept import Kept
from cli.learner.readers import COMPACTED, changelogs, state_keys
from cli.learner.who import Who, who
from cli.stack import environment, settings_for
from cli.workers import Workers
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate
from tests.cli.conftest import Masterx

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

ANSWER_SECONDS = "60"
SINK_SECONDS = 3.0
STATES = {"context", "emotion", "profile", "analytics", "routing"}


@pytest.fixture(scope="module")
def variables(stack: Stack) -> dict[str, str]:
    """Of the shared stack with the test provider, and a database of these tests' own."""
    found = {
        **stack.environment(),
        **environment(stack, test_provider=True),
        "MASTERX_CLICKHOUSE_DATABASE": "learner_tests",
    }
    chosen = settings_for(found)
    admin.create(chosen)
    with connected(chosen, database=False) as client:
        migrate(client, chosen)
    return found


@pytest.fixture(scope="module")
def running(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    directory: Path = tmp_path_factory.mktemp("learner")
    with Workers(directory, variables) as workers:
        yield workers


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.2)


def study(masterx: Masterx, variables: dict[str, str], learner: str) -> str:
    """A message with its reply, and an attempt; the message's id."""
    message_id = str(uuid.uuid4())
    message = ("--text", "why is a half two quarters?", "--message", message_id)
    done = masterx("produce", "messages", "--learner", learner, *message, "--wait", ANSWER_SECONDS, **variables)
    assert done.code == exits.OK, done.err
    attempt = ("--concept", "halves", "--item", "halves-1", "--correct")
    assert masterx("produce", "attempts", "--learner", learner, *attempt, **variables).code == exits.OK
    return message_id


def rows(variables: dict[str, str], learner: Who) -> dict[str, list[dict[str, Any]]]:
    with connected(settings_for(variables)) as client:
        return {name: list(tables.rows(client, name, learner)) for name in tables.holders(client)}


def states(variables: dict[str, str], learner: Who) -> dict[str, int]:
    """Where a value is kept for the learner, by stage or topic."""
    chosen = settings_for(variables)
    consumer = reader(chosen)
    try:
        names = (*changelogs(), *(topic.name for topic in COMPACTED))
        kept = Kept(consumer, names, learner.partition(chosen.partitions), state_keys(learner.key))
        found = kept.look()
    finally:
        consumer.close()
    return {name: count for name, count in found.items() if count}


def stages(found: dict[str, int]) -> set[str]:
    return {name.removesuffix("-changelog").rpartition("-")[2] for name in found if name.endswith("-changelog")}


def turns(variables: dict[str, str], learner: Who) -> list[int]:
    return sorted(row["turn"] for row in rows(variables, learner)["raw_responses"])


def at_rest(variables: dict[str, str], learner: Who) -> dict[str, list[dict[str, Any]]]:
    """The learner's rows once the sink has nothing more to add."""
    found = rows(variables, learner)
    while True:
        time.sleep(SINK_SECONDS)
        again = rows(variables, learner)
        if again == found:
            return found
        found = again


def settled(variables: dict[str, str], learner: Who, messages: int) -> bool:
    found = rows(variables, learner)
    wanted = ("raw_messages", "raw_contexts", "raw_emotions", "raw_responses", "raw_attempts")
    return all(len(found[name]) == messages for name in wanted) and len(found["raw_profiles"]) == 2 * messages


def test_one_is_erased_and_the_other_is_not_touched(
    running: Workers, variables: dict[str, str], masterx: Masterx, learner: str
) -> None:
    ada, adam = who(learner), who(learner + "m")
    for _ in range(2):
        for one in (ada, adam):
            study(masterx, variables, str(one))
    until(lambda: settled(variables, ada, 2) and settled(variables, adam, 2))
    assert turns(variables, ada) == turns(variables, adam) == [1, 2]
    assert stages(states(variables, ada)) == stages(states(variables, adam)) == STATES
    kept_rows, kept_states = at_rest(variables, adam), states(variables, adam)

    shown = masterx("learner", "show", str(ada), **variables)
    assert (shown.code, shown.err) == (exits.OK, "")
    assert "halves" in shown.out and "no evidence yet" in shown.out
    exported = json.loads(masterx("learner", "export", str(ada), **variables).out)
    assert {name: len(found) for name, found in exported["tables"].items()} == {
        name: len(found) for name, found in rows(variables, ada).items()
    }

    done = masterx("learner", "erase", str(ada), "--yes", "--reason", "asked", **variables)
    assert done.code == exits.OK, done.err
    for said in ("found before", "masterx-core-context-changelog", "raw_responses", "MASTERX_RETENTION_HOURS"):
        assert said in done.out
    assert "is erased" in done.err

    left = {name: found for name, found in rows(variables, ada).items() if found}
    assert list(left) == [tables.RECORD]
    assert [(row["reason"], row["requested_by"]) for row in left[tables.RECORD]] == [("asked", "masterx learner erase")]
    assert states(variables, ada) == {}
    gone = masterx("learner", "show", str(ada), **variables)
    assert gone.code == exits.NO_INPUT
    assert "erased on request" in gone.error

    assert rows(variables, adam) == kept_rows
    assert states(variables, adam) == kept_states

    for one in (ada, adam):
        study(masterx, variables, str(one))
    until(lambda: settled(variables, ada, 1) and settled(variables, adam, 3))
    assert turns(variables, ada) == [1], "whoever comes back is new"
    assert turns(variables, adam) == [1, 2, 3]
    assert max(row["attempts"] for row in rows(variables, ada)["raw_profiles"]) == 1
    assert all(not found for name, found in rows(variables, ada).items() if name == "raw_dead_letters")

    again = masterx("learner", "erase", str(ada), "--yes", **variables, COLUMNS="40")
    assert again.code == exits.OK, again.err
    assert max(len(line) for line in again.out.splitlines()) <= 40
    assert states(variables, ada) == {}
    assert states(variables, adam).keys() == kept_states.keys()


def test_nobody_is_erased_without_complaint_and_said_to_be_unknown(
    running: Workers, variables: dict[str, str], masterx: Masterx, learner: str
) -> None:
    done = masterx("learner", "erase", learner, "--yes", **variables)
    assert done.code == exits.OK, done.err
    assert "is the name right?" in done.err


def test_while_a_worker_is_down_there_is_no_proof(
    running: Workers, variables: dict[str, str], masterx: Masterx, learner: str
) -> None:
    study(masterx, variables, learner)
    until(lambda: settled(variables, who(learner), 1))
    [routing] = running.of("routing")
    routing.stop()
    try:
        done = masterx("learner", "erase", learner, "--yes", "--wait", "3", **variables)
    finally:
        routing.start()
    assert done.code == exits.BAD_RESULT
    assert "'masterx worker routing' has 1 record still to read" in done.err
    assert "still there: masterx-routing-routing-changelog" in done.err
    done = masterx("learner", "erase", learner, "--yes", **variables)
    assert done.code == exits.OK, done.err
    assert states(variables, who(learner)) == {}

"""Learners as the sink stores them, shown and exported; and erasing where nobody answers."""

import asyncio
import json
import stat
import uuid
from pathlib import Path

import pytest

from cli import exits
from cli.stack import settings_for
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.topics import ATTEMPTS, ERASURES, MESSAGES, PROFILES, Topic
from sinks.writer import Writer
from tests.cli.conftest import Masterx
from tests.cli.samples import sample

TABLES = {"raw_messages": 2, "raw_attempts": 1, "raw_profiles": 2}


def store(services: dict[str, str], *events: tuple[Topic, Event]) -> None:
    """Write events as the sink does."""

    async def write() -> None:
        writer = Writer(settings_for(services))
        await writer.connect()
        records = [
            Record(topic.name, 0, uuid.uuid4().int % 2**40, b"key", event, event["sent_at"]) for topic, event in events
        ]
        assert await writer.write_all(records) == []
        await writer.close()

    asyncio.run(write())


def event(name: str, learner: str, **fields: object) -> Event:
    tenant, _, who = learner.partition("/")
    ids = {"event_id": str(uuid.uuid4()), "message_id": str(uuid.uuid4()), "tenant_id": tenant, "learner_id": who}
    known = sample(name)
    return {**known, **{field: value for field, value in ids.items() if field in known}, **fields}


def remember(services: dict[str, str], learner: str) -> None:
    store(
        services,
        (MESSAGES, event("LearnerMessage", learner, text="why halves?")),
        (MESSAGES, event("LearnerMessage", learner, text="and thirds?")),
        (ATTEMPTS, event("Attempt", learner)),
        (PROFILES, event("LearnerProfile", learner, revision=4)),
        (PROFILES, event("LearnerProfile", learner, revision=5, attempts=8, correct=5)),
    )


@pytest.mark.stack
def test_the_page_shows_the_latest_snapshot(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    remember(services, learner)
    done = masterx("learner", "show", learner, **services)
    assert (done.code, done.err) == (exits.OK, "")
    for said in (learner, "8, 5 of them right", "revision 5", "NEXT STEP"):
        assert said in done.out


@pytest.mark.stack
def test_it_fits_a_narrow_terminal(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    remember(services, learner)
    done = masterx("learner", "show", learner, **services, COLUMNS="40")
    assert done.code == exits.OK
    assert max(len(line) for line in done.out.splitlines()) <= 40


@pytest.mark.stack
def test_messages_alone_make_a_page_too(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    store(services, (MESSAGES, event("LearnerMessage", learner)))
    done = masterx("learner", "show", learner, **services)
    assert done.code == exits.OK
    assert "none in ClickHouse yet" in done.out


@pytest.mark.stack
@pytest.mark.parametrize("command", ["show", "export"])
def test_a_learner_who_is_not_there_is_code_66(
    masterx: Masterx, services: dict[str, str], learner: str, command: str
) -> None:
    done = masterx("learner", command, learner, **services)
    assert (done.code, done.out) == (exits.NO_INPUT, "")
    assert f"nothing is stored about {learner}" in done.error
    assert "masterx worker sinks" in done.error


@pytest.mark.stack
def test_of_a_learner_who_was_erased_the_request_is_said(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    store(services, (ERASURES, event("Erasure", learner)))
    done = masterx("learner", "show", learner, **services)
    assert done.code == exits.NO_INPUT
    assert "erased on request at 2024-05-01 10:00 UTC" in done.error


@pytest.mark.stack
def test_the_export_is_one_document_of_every_row(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    remember(services, learner)
    remember(services, learner + "a")
    done = masterx("learner", "export", learner, **services)
    assert done.code == exits.OK
    found = json.loads(done.out)
    assert f"{found['tenant_id']}/{found['learner_id']}" == learner
    assert {name: len(rows) for name, rows in found["tables"].items() if rows} == TABLES
    assert {row["text"] for row in found["tables"]["raw_messages"]} == {"why halves?", "and thirds?"}
    assert all(row["learner_id"] == "ada" for rows in found["tables"].values() for row in rows)
    assert found["profile"]["revision"] == 5
    assert "5 rows" in done.err


@pytest.mark.stack
def test_an_export_to_a_file_is_for_its_owner_alone(
    masterx: Masterx, services: dict[str, str], learner: str, tmp_path: Path
) -> None:
    remember(services, learner)
    file, older = tmp_path / "ada.json", tmp_path / "older.json"
    older.write_text("x" * 100_000)
    older.chmod(0o644)
    for each in (file, older):
        done = masterx("learner", "export", learner, "--out", str(each), **services)
        assert (done.code, done.out) == (exits.OK, "")
        assert len(json.loads(each.read_text())["tables"]["raw_messages"]) == 2
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
        assert str(each) in done.err
    assert masterx("learner", "export", learner, "--out", "/dev/null", **services).code == exits.OK
    assert stat.S_IMODE(Path("/dev/null").stat().st_mode) == 0o666


@pytest.mark.stack
def test_a_folder_that_is_not_there_is_one_line(
    masterx: Masterx, services: dict[str, str], learner: str, tmp_path: Path
) -> None:
    remember(services, learner)
    done = masterx("learner", "export", learner, "--out", str(tmp_path / "none" / "x.json"), **services)
    assert done.code == exits.NO_INPUT
    assert "none/x.json" in done.error


@pytest.mark.stack
def test_a_database_without_tables_names_what_makes_them(masterx: Masterx, services: dict[str, str]) -> None:
    for command in ("show", "export"):
        done = masterx("learner", command, "ada", **{**services, "MASTERX_CLICKHOUSE_DATABASE": "never_made"})
        assert done.code != exits.OK
        assert "masterx migrate" in done.error


@pytest.mark.kafka
def test_without_an_answer_nothing_is_erased(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    remember(services, learner)
    for stdin, code in (("n\n", exits.BAD_RESULT), ("", exits.USAGE)):
        done = masterx("learner", "erase", learner, stdin=stdin, **services)
        assert (done.code, done.out) == (code, "")
        assert "nothing was erased" in done.err
    assert masterx("learner", "show", learner, **services).code == exits.OK


@pytest.mark.kafka
@pytest.mark.parametrize("away", ["CLICKHOUSE_URL", "REDIS_URL"])
def test_a_stopped_service_is_one_line_before_anything_is_erased(
    masterx: Masterx, services: dict[str, str], learner: str, away: str
) -> None:
    remember(services, learner)
    others = {name: value for name, value in services.items() if name != f"MASTERX_{away}"}
    done = masterx("learner", "erase", learner, "--yes", **others)
    assert done.code == exits.UNAVAILABLE
    assert done.error
    assert masterx("learner", "show", learner, **services).code == exits.OK

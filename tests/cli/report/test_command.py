"""Reports on a small class's afternoon, on the real engine."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from cli import exits
from cli.stack import settings_for
from pipeline.delivery.record import Record
from schemas import topics
from sinks.writer import Writer
from tests.cli.conftest import Masterx
from tests.docs import classroom
from tests.sinks import records

pytestmark = pytest.mark.stack
TENANT, EXPERIMENT = "reports", "reports-of-frustration"


@pytest.fixture(scope="module")
def afternoon(services: dict[str, str]) -> dict[str, str]:
    """Variables of a database that holds tests/docs/classroom.py under a tenant of its own."""

    def moved(record: Record) -> Record:
        event = {**record.event, "tenant_id": TENANT}
        if event.get("kind") == "frustration_rising":
            event |= {"experiment": EXPERIMENT, "arm": "treated"}
        return Record(record.topic, 0, record.offset, record.key, event, record.appended_at)

    async def write() -> None:
        writer = Writer(settings_for(services))
        assert await writer.write_all([moved(record) for record in classroom.records()]) == []
        await writer.close()

    asyncio.run(write())
    return services


def numbers(masterx: Masterx, afternoon: dict[str, str], *arguments: str) -> dict[str, object]:
    done = masterx("report", *arguments, "--json", **afternoon)
    assert done.code == exits.OK, done.err
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def test_a_class_in_numbers(masterx: Masterx, afternoon: dict[str, str]) -> None:
    found = numbers(masterx, afternoon, "class", "--tenant", TENANT)
    totals = found["totals"]
    assert isinstance(totals, dict)
    assert totals.items() >= {"attempts": 20, "correct": 11, "learners": 4, "hints": 9, "success": 0.55}.items()
    assert [(row["concept_id"], row["attempts"], row["passing"]) for row in found["concepts"]] == [  # type: ignore[attr-defined]
        ("fractions", 14, 0),
        ("linear-equations", 6, 0),
    ]


@pytest.mark.parametrize(
    "report",
    [
        ("class", "--tenant", TENANT),
        ("segments", "--tenant", TENANT),
        ("learner", f"{TENANT}/ben"),
        ("providers", "--tenant", TENANT),
        ("experiment", EXPERIMENT),
    ],
    ids=lambda report: report[0],
)
def test_a_page_holds_all_that_it_shows(
    masterx: Masterx, afternoon: dict[str, str], tmp_path: Path, report: tuple[str, ...]
) -> None:
    file = tmp_path / "page.html"
    done = masterx("report", *report, "--html", str(file), **afternoon)
    assert (done.code, done.out) == (exits.OK, "")
    page = file.read_text()
    assert page.startswith("<!doctype html>") and page.endswith("</html>\n")
    assert not re.search(r"https?:|src=|<script|<link|@import|url\(", page)
    assert "<svg" in page
    # What it works on is said while it works.
    assert len(done.err.splitlines()) >= 2


def test_a_learner_in_numbers(masterx: Masterx, afternoon: dict[str, str]) -> None:
    found = numbers(masterx, afternoon, "learner", f"{TENANT}/ben")
    assert (found["attempts"], found["correct"], found["messages"]) == (5, 2, 4)
    assert [row["kind"] for row in found["interventions"]] == ["recovery", "frustration_rising"]  # type: ignore[attr-defined]


def test_providers_in_numbers(masterx: Masterx, afternoon: dict[str, str]) -> None:
    found = numbers(masterx, afternoon, "providers", "--tenant", TENANT)
    calls = {row["provider"]: (row["calls"], row["failed"]) for row in found["calls"]}  # type: ignore[attr-defined]
    assert calls == {"gemini": (4, 0), "groq": (10, 2)}


def test_a_provider_that_was_not_called_or_not_waited_for_has_not_failed(
    masterx: Masterx, afternoon: dict[str, str]
) -> None:
    def tried(provider: str, outcome: str, ms: float) -> dict[str, object]:
        return {"provider": provider, "model": "m", "outcome": outcome, "error": None, "elapsed_ms": ms}

    tries = [tried("a", "open", 0.0), tried("b", "skipped", 0.0), tried("c", "timeout", 900.0), tried("d", "ok", 200.0)]
    tries.append(tried("e", "cancelled", 90.0))
    said = records.event("TutorResponse", 1, tenant_id="not-called", source="PROVIDER", provider="d", tries=tries)

    async def write() -> None:
        writer = Writer(settings_for(afternoon))
        assert await writer.write_all([records.placed(topics.RESPONSES, said, 9000)]) == []
        await writer.close()

    asyncio.run(write())
    found = numbers(masterx, afternoon, "providers", "--tenant", "not-called")
    names = ("provider", "calls", "failed", "given_up", "failed_share", "p50_ms")
    calls = [tuple(row[name] for name in names) for row in found["calls"]]  # type: ignore[attr-defined]
    assert calls == [("c", 1, 1, 0, 1.0, 900.0), ("d", 1, 0, 0, 0.0, 200.0), ("e", 1, 0, 1, 0.0, 90.0)]
    assert found["failures"] == [{"provider": "c", "outcome": "timeout", "calls": 1}]


def test_an_experiment_in_numbers(masterx: Masterx, afternoon: dict[str, str]) -> None:
    found = numbers(masterx, afternoon, "experiment", EXPERIMENT)
    arms = {(row["outcome"], row["arm"]): (row["learners"], row["mean"]) for row in found["arms"]}  # type: ignore[attr-defined]
    # After its minute 9, dev tried four times until the end and was right once; ben, from minute 12, twice of three.
    assert arms[("right_share", "treated")] == (2, pytest.approx((1 / 4 + 2 / 3) / 2))
    assert found["effects"] == []
    assert found["sizes"] == [{"treated": 2, "held_out": 0}]
    assert str(found["verdict"]).startswith("go on: fewer than 20 learners in an arm; the arms' sizes are not checked")


def test_an_experiments_file_that_cannot_be_read_is_one_line_and_code_78(masterx: Masterx, tmp_path: Path) -> None:
    done = masterx("report", "experiment", "any", "--json", MASTERX_EXPERIMENTS_FILE=str(tmp_path / "none.yaml"))
    assert (done.code, done.err.count("\n")) == (exits.BAD_SETTING, 1)
    assert "cannot read the experiments" in done.error


@pytest.mark.parametrize("report", [("class", "--tenant", "nobody"), ("learner", "nobody/ada"), ("experiment", "none")])
def test_nothing_to_report_is_one_line_and_code_66(
    masterx: Masterx, afternoon: dict[str, str], report: tuple[str, ...]
) -> None:
    done = masterx("report", *report, "--json", **afternoon)
    assert done.code == exits.NO_INPUT
    assert f"no {'interventions' if report[0] == 'experiment' else 'attempts'}" in done.err.splitlines()[-1]


def test_somewhere_to_write_is_needed(masterx: Masterx) -> None:
    done = masterx("report", "class")
    assert done.code == exits.USAGE
    assert "--html FILE" in done.error

"""Reports on a small class's afternoon, on the real engine."""

import asyncio
import hashlib
import json
import re
from pathlib import Path

import pytest

from cli import exits
from cli.stack import settings_for
from pipeline.delivery.record import Record
from sinks.writer import Writer
from tests.cli.conftest import Masterx
from tests.docs import classroom

pytestmark = pytest.mark.stack
TENANT = "reports"


@pytest.fixture(scope="module")
def afternoon(services: dict[str, str]) -> dict[str, str]:
    """Variables of a database that holds tests/docs/classroom.py under a tenant of its own."""

    def moved(record: Record) -> Record:
        event = {**record.event, "tenant_id": TENANT}
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
        ("learner", f"{TENANT}/ben"),
        ("providers", "--tenant", TENANT),
        ("experiment", "hints-later", "--tenant", TENANT),
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
    assert ("<svg" in page) is (report[0] != "experiment")
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


def test_the_arms_are_those_that_follow_from_the_names(masterx: Masterx, afternoon: dict[str, str]) -> None:
    found = numbers(masterx, afternoon, "experiment", "hints-later", "--tenant", TENANT)
    expected = {"treatment": 0, "control": 0}
    for learner in ("ada", "ben", "cleo", "dev"):
        digest = hashlib.sha256(f"hints-later/{TENANT}/{learner}".encode()).digest()
        expected["treatment" if int.from_bytes(digest[:4]) / 2**32 < 0.5 else "control"] += 1
    assert {row["arm"]: row["learners"] for row in found["arms"]} == {  # type: ignore[attr-defined]
        arm: count for arm, count in expected.items() if count
    }


@pytest.mark.parametrize("report", [("class", "--tenant", "nobody"), ("learner", "nobody/ada")])
def test_nothing_to_report_is_one_line_and_code_66(
    masterx: Masterx, afternoon: dict[str, str], report: tuple[str, ...]
) -> None:
    done = masterx("report", *report, "--json", **afternoon)
    assert done.code == exits.NO_INPUT
    assert "no attempts" in done.err.splitlines()[-1]


def test_somewhere_to_write_is_needed(masterx: Masterx) -> None:
    done = masterx("report", "class")
    assert done.code == exits.USAGE
    assert "--html FILE" in done.error


def test_a_stopped_clickhouse_is_one_line_and_code_69(masterx: Masterx) -> None:
    assert masterx("report", "class", "--json").code == exits.UNAVAILABLE


def test_a_time_that_is_none_is_refused(masterx: Masterx) -> None:
    done = masterx("report", "experiment", "x", "--since", "lately", "--json")
    assert done.code == exits.USAGE
    assert "no time" in done.error

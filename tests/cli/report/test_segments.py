"""Groups of learners, on the real engine: a class of two kinds, and one of a single kind."""

import asyncio
import json
import random
import time
import uuid
from pathlib import Path

import pytest

from cli import exits
from cli.stack import settings_for
from pipeline.delivery.record import Record
from sinks.writer import Writer
from tests.cli.conftest import Masterx
from tests.cli.samples import sample

pytestmark = pytest.mark.stack
DAY = 86_400_000_000
# A midnight three weeks ago, well within what is kept.
BEGAN = time.time_ns() // 1000 // DAY * DAY - 21 * DAY


def attempts(tenant: str, learner: str, days: int, a_day: int, success: float, draw: random.Random) -> list[Record]:
    """A learner's attempts, as records of the sinks."""
    found = []
    for number in range(days * a_day):
        event = sample("Attempt") | {
            "event_id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "tenant_id": tenant,
            "learner_id": learner,
            "sent_at": BEGAN + number // a_day * DAY + number % a_day * 60_000_000,
            "concept_id": f"concept-{number % 3}",
            "correct": draw.random() < success,
            "hints_used": 0,
        }
        found.append(Record("masterx.attempts", 0, number, learner.encode(), event, event["sent_at"]))
    return found


@pytest.fixture(scope="module")
def classes(services: dict[str, str]) -> dict[str, str]:
    """Variables of a database with two classes: of steady and of cramming learners, and of steady ones alone."""
    draw = random.Random(3)
    records = []
    for number in range(30):
        records += attempts("two-kinds", f"steady-{number}", draw.randint(8, 12), 2, 0.85, draw)
        records += attempts("two-kinds", f"crammer-{number}", 1, draw.randint(16, 24), 0.45, draw)
        records += attempts(
            "one-kind", f"steady-{number}", draw.randint(2, 12), draw.randint(1, 4), draw.random(), draw
        )
    records += attempts("two-kinds", "newcomer", 1, 2, 1.0, draw)
    records += [record for number in range(3) for record in attempts("few", f"steady-{number}", 4, 2, 0.8, draw)]

    async def write() -> None:
        writer = Writer(settings_for(services))
        assert await writer.write_all(records) == []
        await writer.close()

    asyncio.run(write())
    return services


def test_two_kinds_are_two_groups_each_with_its_own(masterx: Masterx, classes: dict[str, str]) -> None:
    done = masterx("report", "segments", "--tenant", "two-kinds", "--json", **classes)
    assert done.code == exits.OK, done.err
    found = json.loads(done.out)
    assert found["learners"] == 60, "the newcomer has too few attempts to be compared"
    kinds = [{name.split("-")[0] for name in group["learner_ids"]} for group in found["segments"]]
    assert {frozenset(kind) for kind in kinds} == {frozenset({"steady"}), frozenset({"crammer"})}
    assert all(group["stability"] >= 0.75 for group in found["segments"])
    by_kind = {next(iter(kind)): group for kind, group in zip(kinds, found["segments"], strict=True)}
    assert by_kind["crammer"]["days"] == 1.0 < by_kind["steady"]["days"]
    assert by_kind["crammer"]["success"] < 0.6 < by_kind["steady"]["success"]


def test_a_class_of_one_kind_says_so(masterx: Masterx, classes: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = masterx("report", "segments", "--tenant", "one-kind", "--html", str(file), **classes)
    assert done.code == exits.OK, done.err
    page = file.read_text()
    assert "No division of this class" in page and "steady-7" in page


def test_a_class_too_small_to_divide_says_so(masterx: Masterx, classes: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = masterx("report", "segments", "--tenant", "few", "--html", str(file), **classes)
    assert done.code == exits.OK, done.err
    assert "fewer than 20 learners" in file.read_text()

"""The files of named queries."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas import topics
from sinks.queries import load
from sinks.writer import Writer
from tests.sinks.records import START, identity, record

HOUR = 3_600_000_000


def test_the_dashboards_have_twelve_queries() -> None:
    found = load()
    assert len(found) == 12
    learners = [name for name, text in found.items() if "learner_id = {learner:String}" in text]
    windows = [name for name, text in found.items() if "FROM fact_final_windows" in text]
    assert (len(learners), len(windows)) == (4, 8)


def test_a_name_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "double.sql"
    path.write_text("-- name: one\nSELECT 1;\n\n-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match="two queries are named one"):
        load(path)


@pytest.mark.stack
async def test_dashboards_say_no_share_of_nothing_and_mean_utc_wherever_the_server_is(
    database: Client, writer: Writer
) -> None:
    until = (START // HOUR + 1) * HOUR
    counted = {"tried": {"attempts": 4, "correct": 1}, "asked": {"responses": 2}}
    windows = [
        record(
            topics.AGGREGATES,
            number,
            event_id=identity(number),
            kind="concept",
            dimension=concept,
            window_start=until - HOUR,
            window_s=60,
            final=True,
            counts=counts,
            tenant_id="tenant",
        )
        for number, (concept, counts) in enumerate(counted.items())
    ]
    await writer.write("raw_aggregates", windows)
    shown = database.query(
        "SELECT toString(fromUnixTimestamp64Micro({at:Int64}, 'UTC'))", parameters={"at": until}
    ).first_row[0][:19]
    asked = {"tenant": "tenant", "learner": "", "concept": "tried", "until": shown}
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        found = {
            name: database.query(text, parameters=asked, settings={"session_timezone": zone}).result_rows
            for name, text in load().items()
        }
        assert found["concepts_last_day"] == [("asked", 0, 0, None), ("tried", 4, 1, 0.25)]
        assert found["hardest_concepts_last_week"] == [("tried", 4, 0.25)]
        assert found["concepts_against_the_week_before"] == [("asked", 0, None, 0, None), ("tried", 4, 0.25, 0, None)]
        assert [row[1:] for row in found["concept_last_week_by_hour"]] == [(4, 1)]

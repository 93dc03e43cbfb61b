"""The dashboards' answers over a small school with copies are what a count of its events says."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from benchmarks.analytics import queries
from benchmarks.analytics.school import School
from local.stack import Stack
from sinks.client import connect
from sinks.migrate import migrate
from tests.sinks.conftest import settings_for

pytestmark = pytest.mark.stack
EVENTS = 10_000


@pytest.fixture(scope="module")
def school(stack: Stack) -> Iterator[Client]:
    """A client whose database holds a school of that many events, copies besides."""
    settings = settings_for(stack)
    client = connect(settings)
    migrate(client, settings)
    client.database = settings.clickhouse_database
    for _ in School(EVENTS).fill(client):
        pass
    yield client
    client.command(f"DROP DATABASE {settings.clickhouse_database}")
    client.close()


def test_every_answer_is_what_the_events_say(school: Client) -> None:
    (there,) = school.query("SELECT count() FROM raw_learning_events").first_row
    assert there == EVENTS + School(EVENTS).copies == EVENTS * 1.01
    assert queries.timed(school, School(EVENTS), rounds=1).unequal == ()


def test_events_that_no_window_counts_are_noticed(school: Client) -> None:
    school.command(School(EVENTS)._events(f"numbers({EVENTS - 200}, 200)", "-1"))
    assert "last_hour_by_minute" in queries.timed(school, School(EVENTS), rounds=1).unequal

"""Whose clock tells the time once nothing comes any more."""

import pytest

from agents.analytics.clock import MICROS, Clock

LIVE = IDLE = 300.0
NOON = 1_800_000_000 * MICROS
HOUR = 3600 * MICROS
YESTERDAY = NOON - 24 * HOUR


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([(NOON, NOON)], True),
        # A late upload after what came fresh: the newest minutes must not wait for the next fresh record.
        ([(NOON, NOON), (YESTERDAY, NOON + MICROS)], True),
        ([(YESTERDAY, NOON), (NOON, NOON + MICROS)], True),
        # What was recorded earlier, or gathered offline since then, is counted by its own times.
        ([(YESTERDAY, NOON)], False),
        ([(YESTERDAY, NOON), (YESTERDAY - HOUR, NOON)], False),
        ([(YESTERDAY, YESTERDAY), (NOON - HOUR, NOON)], False),
    ],
)
def test_the_workers_clock_tells_the_time_where_the_newest_record_came_fresh(
    records: list[tuple[int, int]], told: bool
) -> None:
    clock = Clock()
    for sent_at, appended_at in records:
        clock.advance("attempts", sent_at, appended_at, appended_at, LIVE)
        clock = Clock.loads(clock.dumps())
    later = NOON + HOUR
    clock.settle(later, 0, IDLE)
    newest = max(sent_at for sent_at, _ in records)
    assert clock.frontier == (later - round(IDLE * MICROS) if told else newest)

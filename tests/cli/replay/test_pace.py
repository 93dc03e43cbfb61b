from pathlib import Path

import pytest

from cli.replay.pace import Speed, due, parse
from cli.replay.readers import bridge


@pytest.mark.parametrize(
    ("text", "speed"),
    [("full", Speed()), ("60", Speed(factor=60)), ("0.5x", Speed(factor=0.5)), ("100/s", Speed(rate=100))],
)
def test_speeds(text: str, speed: Speed) -> None:
    assert parse(text) == speed


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "x", "10/m", "1/s/s"])
def test_what_is_no_speed_names_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="full, 60x"):
        parse(text)


def test_events_are_due_as_recorded_or_evenly_or_at_once(bridge_file: Path) -> None:
    events = bridge.read(bridge_file).events
    recorded = [(event.event["sent_at"] - events[0].event["sent_at"]) / 1e6 for event in events]
    assert list(due(events, parse("10x"))) == pytest.approx([second / 10 for second in recorded])
    assert list(due(events, parse("4/s"))) == [0.0, 0.25, 0.5, 0.75]
    assert list(due(events, parse("full"))) == [0.0] * 4
    assert list(due((), parse("10x"))) == []

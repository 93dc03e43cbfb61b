from pathlib import Path

import pytest

from cli.replay.readers import bridge
from cli.replay.recorded import ReadError
from schemas.codec import decode, encode
from schemas.topics import MESSAGES


def test_each_turn_of_a_session_is_sent_once_in_the_sessions_order(bridge_file: Path) -> None:
    reading = bridge.read(bridge_file)
    by_session = {
        session: [r.event["text"] for r in reading.events if r.event["learner_id"] == session]
        for session in ("11", "12")
    }
    assert by_session == {"11": ["one half", "thanks", "one of four"], "12": ["so 0.5\u2028or 1/2?"]}
    assert reading.left_out == ("4 turns that another annotation holds too", "1 turns without text")
    for recorded in reading.events:
        assert recorded.topic is MESSAGES
        assert decode("LearnerMessage", encode("LearnerMessage", recorded.event)) == recorded.event


def test_turns_keep_their_times_in_the_session(bridge_file: Path) -> None:
    times = [r.event["sent_at"] for r in bridge.read(bridge_file).events if r.event["learner_id"] == "11"]
    assert [time - times[0] for time in times] == [0, 20_000_000, 40_000_000]


def test_a_second_reading_makes_the_same_events(bridge_file: Path) -> None:
    assert bridge.read(bridge_file) == bridge.read(bridge_file)


@pytest.mark.parametrize("turn", ['{"id": 1, "user": "student", "text": "a", "time": "soon"}', '{"id": 1}', "3"])
def test_a_malformed_excerpt_is_refused_with_its_line(bridge_file: Path, turn: str) -> None:
    bridge_file.write_text(f'{{"c_id": "1_1", "c_h": [{turn}]}}\n')
    with pytest.raises(ReadError, match="line 1: not a bridge excerpt"):
        bridge.read(bridge_file)

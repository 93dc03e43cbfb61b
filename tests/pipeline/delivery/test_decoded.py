"""Decoded once for all who read it, and never kept for long."""

import pytest

from pipeline.delivery.decoded import DecodedOnce
from schemas.codec import Event


class Decoder:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Event:
        self.calls += 1
        return {"call": self.calls}


def test_as_many_stages_as_read_it_share_one_event() -> None:
    once, decode = DecodedOnce({"t": 3}), Decoder()
    events = [once.event(("t", 0, 7), b"x", decode) for _ in range(3)]
    assert decode.calls == 1
    assert all(event is events[0] for event in events)
    # All have had it: who comes again (after a rebalance) gets it afresh.
    assert once.event(("t", 0, 7), b"x", decode) == {"call": 2}


def test_a_topic_with_one_reader_keeps_nothing() -> None:
    once, decode = DecodedOnce({"t": 1}), Decoder()
    assert once.event(("t", 0, 7), b"x", decode) is not once.event(("t", 0, 7), b"x", decode)


def test_other_bytes_at_the_same_place_are_another_event() -> None:
    once, decode = DecodedOnce({"t": 2}), Decoder()
    assert once.event(("t", 0, 7), b"x", decode) != once.event(("t", 0, 7), b"y", decode)


def test_no_more_than_the_limit_is_kept() -> None:
    once, decode = DecodedOnce({"t": 2}, most=2), Decoder()
    for offset in range(3):
        once.event(("t", 0, offset), b"x", decode)
    once.event(("t", 0, 0), b"x", decode)
    assert decode.calls == 4


def test_what_can_not_be_decoded_is_not_kept() -> None:
    once = DecodedOnce({"t": 2})

    def fail() -> Event:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        once.event(("t", 0, 7), b"x", fail)
    assert once.event(("t", 0, 7), b"x", Decoder()) == {"call": 1}

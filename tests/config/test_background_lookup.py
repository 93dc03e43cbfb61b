"""What has to be asked for elsewhere is asked for in the background."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from config.background_lookup import KEEP_SECONDS, BackgroundLookup

SECONDS = 10.0


class NotYet(Exception):
    """There is no answer yet."""


class Server:
    """Answers when it is let, with what it holds."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.holds: dict[int, str] = {}
        self.away = False
        self.asked: Counter[int] = Counter()
        self.now = 100.0

    def look(self, key: int) -> str | None:
        assert self.may_answer.wait(SECONDS)
        self.asked[key] += 1
        if self.away:
            raise ConnectionError("away")
        return self.holds.get(key)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def lookup(server: Server) -> BackgroundLookup[int, str | None]:
    return BackgroundLookup(server.look, lambda key: NotYet(key), lambda: server.now)


def in_time(ask: Callable[[], str | None]) -> str | None:
    """What `ask` says once it says something."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            return ask()
        except NotYet:
            time.sleep(0.001)
    raise AssertionError("no answer")


def test_nobody_waits_and_one_question_does_for_all(server: Server, lookup: BackgroundLookup[int, str | None]) -> None:
    server.holds[7] = "seven"
    for _ in range(100):
        with pytest.raises(NotYet):
            lookup(7)
    server.may_answer.set()

    assert in_time(lambda: lookup(7)) == "seven"

    server.now += 100 * KEEP_SECONDS
    assert lookup(7) == "seven"
    assert server.asked == {7: 1}


def test_all_who_wait_hear_that_there_is_none_and_later_it_is_looked_for_again(
    server: Server, lookup: BackgroundLookup[int, str | None]
) -> None:
    server.may_answer.set()
    assert in_time(lambda: lookup(7)) is None
    assert [lookup(7) for _ in range(100)] == [None] * 100
    assert server.asked == {7: 1}

    server.holds[7] = "seven"
    server.now += 1.01 * KEEP_SECONDS
    assert in_time(lambda: lookup(7)) == "seven"


def test_a_server_that_is_away_is_asked_again(server: Server, lookup: BackgroundLookup[int, str | None]) -> None:
    server.may_answer.set()
    server.away = True
    for _ in range(2):
        with pytest.raises(ConnectionError):
            in_time(lambda: lookup(7))

    server.away = False
    server.holds[7] = "seven"
    server.now += 1.01 * KEEP_SECONDS
    assert in_time(lambda: lookup(7)) == "seven"
    assert server.asked == {7: 2}


def test_what_has_no_answer_is_kept_within_bounds(server: Server) -> None:
    server.may_answer.set()
    lookup = BackgroundLookup(server.look, lambda key: NotYet(key), lambda: server.now, most=10)
    for key in range(100):
        in_time(partial(lookup, key))

    assert len(lookup._asked) <= 10

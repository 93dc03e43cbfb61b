"""What has come is taken in one round of the event loop, in order, and not while the flow is held up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

from pipeline.arrivals import MOST_A_ROUND, arrivals


class Stream:
    """Hands on one event a round, as Faust's does."""

    def __init__(self, events: Sequence[int]) -> None:
        self.rounds = 0
        self.active = True
        self.acknowledges = True
        self.channel = SimpleNamespace(queue=asyncio.Queue[int]())
        self.app = SimpleNamespace(flow_control=SimpleNamespace(is_active=lambda: self.active))
        for event in events:
            self.channel.queue.put_nowait(event)

    def noack(self) -> "Stream":
        self.acknowledges = False
        return self

    async def events(self) -> AsyncIterator[Any]:
        while not self.channel.queue.empty():
            self.rounds += 1
            await asyncio.sleep(0)
            yield self.channel.queue.get_nowait()


async def test_all_that_has_come_is_taken_in_order_and_in_one_round() -> None:
    stream = Stream(range(50))
    assert [event async for event in arrivals(stream)] == list(range(50))
    assert stream.rounds == 1
    assert not stream.acknowledges


async def test_others_get_their_turn_after_so_many() -> None:
    stream = Stream(range(3 * (MOST_A_ROUND + 1)))
    assert [event async for event in arrivals(stream)] == list(range(3 * (MOST_A_ROUND + 1)))
    assert stream.rounds == 3


async def test_while_the_flow_is_held_up_only_the_stream_itself_hands_on() -> None:
    stream = Stream(range(10))
    taken = []
    async for event in arrivals(stream):
        taken.append((event, stream.rounds))
        stream.active = False
    assert taken == [(number, number + 1) for number in range(10)]

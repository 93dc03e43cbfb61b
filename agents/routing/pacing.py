"""Calls are begun a few at a time, so that beginning a thousand does not hold up the replies to those before."""

import asyncio
from collections import deque

PER_TURN = 4


class Pacer:
    """Lets at most `PER_TURN` waiters go in each turn of the event loop, first come first served.

    Beginning a call can take milliseconds of CPU. Begun all at once, calls would find their time to the first token
    used up by the beginning of the others.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._gone = 0

    async def turn(self) -> None:
        """Return when the caller may begin."""
        loop = asyncio.get_running_loop()
        if self._gone < PER_TURN and not self._waiting:
            self._let_go(loop)
            return
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _let_go(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gone += 1
        if self._gone == 1:
            loop.call_soon(self._next, loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gone = 0
        while self._waiting and self._gone < PER_TURN:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._let_go(loop)

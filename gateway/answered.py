"""Requests that were answered under an idempotency key: the same request again gets the same answer, unsent."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.refusal import Refusal

MOST = 20_000
Answer = dict[str, Any]


class Answered:
    """The last keys of this process. Another process, or a later one, sends again, under the same event id."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[bytes, asyncio.Future[Answer]]] = OrderedDict()

    async def once(self, event_id: str, digest: bytes, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `send` gives, or what it gave for this id before; a request under way is waited for.

        Raises `Refusal` (422) when the body, by its `digest`, is another one; and what `send` raises: then the next
        request tries again.
        """
        known = self._known.get(event_id)
        if known is not None:
            if known[0] != digest:
                raise Refusal(422, "idempotency_key", "this Idempotency-Key was used with another body")
            return await asyncio.shield(known[1])
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._known[event_id] = (digest, future)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        try:
            answer = await send()
        except BaseException as error:
            self._known.pop(event_id, None)
            failed = error if isinstance(error, Exception) else Refusal(503, "stopped", "the request was cut off")
            future.set_exception(failed)
            future.exception()
            raise
        future.set_result(answer)
        return answer

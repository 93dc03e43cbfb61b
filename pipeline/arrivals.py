"""What comes to a stage, taken as it comes."""

from collections.abc import AsyncIterator
from typing import Any

MOST_A_ROUND = 200


async def arrivals(stream: Any) -> AsyncIterator[Any]:
    """The events of a Faust `stream`, which are acknowledged by whoever takes them.

    Faust's stream lets the event loop go round once for each event. With many records under way a round takes
    milliseconds, and a stage that reads several topics falls behind its process: what has come by then is taken here
    in the same round. As in Faust's own, nothing is taken while a rebalance holds the flow up.
    """
    queue = stream.channel.queue
    flowing = stream.app.flow_control.is_active
    async for event in stream.noack().events():
        yield event
        for _ in range(MOST_A_ROUND):
            if queue.empty() or not flowing():
                break
            yield queue.get_nowait()

"""Posts at a fixed rate, however slow the answers, and asks `/readyz` meanwhile."""

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp
import uvloop

from cli.verify import percentile
from gateway.auth import sign

LEARNERS = 500


async def run(orders: dict[str, Any]) -> dict[str, Any]:
    """p99 of both, milliseconds from when a request was due, and how many posts were taken."""
    address = f"http://{orders['host']}:{orders['port']}"
    rate, seconds = orders["rate"], orders["seconds"]
    tokens = [
        sign(orders["key"], tenant="bench", role="learner", learner=f"p-{number}", seconds=7200)
        for number in range(LEARNERS)
    ]
    times: dict[str, list[float]] = {"post": [], "readyz": []}
    statuses: dict[int, int] = {}

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(number: int, due: float) -> None:
            headers = {"Authorization": f"Bearer {tokens[number % LEARNERS]}"}
            async with session.post(
                f"{address}/v1/messages", json={"text": "Why is 1/2 the same as 2/4?"}, headers=headers
            ) as answer:
                await answer.read()
            times["post"].append((time.monotonic() - due) * 1000)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1

        async def ready(due: float) -> None:
            async with session.get(f"{address}/readyz") as answer:
                await answer.read()
            times["readyz"].append((time.monotonic() - due) * 1000)

        for warm in range(200):
            await post(warm, time.monotonic())
        times["post"].clear()
        statuses.clear()
        begin = time.monotonic()
        tasks = []
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(post(number, due)))
            if number % (rate // 20) == 0:
                tasks.append(asyncio.create_task(ready(due)))
        await asyncio.gather(*tasks)
    return {
        "post_p50_ms": percentile(times["post"], 0.5),
        "post_p99_ms": percentile(times["post"], 0.99),
        "readyz_p99_ms": percentile(times["readyz"], 0.99),
        "posts_accepted": statuses.get(202, 0),
        "posts_refused": sum(count for status, count in statuses.items() if status != 202),
    }


if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(run(json.loads(sys.argv[1])))), flush=True)

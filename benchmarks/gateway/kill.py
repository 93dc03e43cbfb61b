"""`python -m benchmarks.gateway.kill`: the gateway is killed under load, again and again; what became of the messages?

Every learner posts under idempotency keys, again where nothing was answered, and reads a stream that is resumed behind
its last cursor. Ends with one line of figures; the exit code is 1 when a message that was taken in is lost, or a stream
holds a reply twice, or not at all, or a gap.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from confluent_kafka import Consumer, TopicPartition
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks import history
from benchmarks.gateway.process import GatewayProcess
from cli.stack import environment, settings_for
from cli.workers import Workers
from local.stack import Stack
from pipeline import admin
from schemas.codec import decode
from schemas.topics import MESSAGES

PATIENCE = 120.0
RETRY_SECONDS = 0.1


@dataclass
class Learner:
    """What one learner's client saw. `accepted`: ids of messages that were answered with 202."""

    name: str
    accepted: set[str] = field(default_factory=set)
    responses: Counter[str] = field(default_factory=Counter)
    cursor: str | None = None
    connections: int = 0
    gaps: int = 0
    resent: int = 0

    @property
    def missing(self) -> set[str]:
        """Messages whose reply has not come."""
        return self.accepted - set(self.responses)


@dataclass
class Load:
    """All learners, and the times at which posts were taken in."""

    gateway: GatewayProcess
    learners: list[Learner]
    every: float
    taken_at: list[float] = field(default_factory=list)
    stopping: bool = False

    async def run(self, kills: int, between: float) -> list[float]:
        """Load, with `kills` kills `between` seconds apart; until all is answered. The seconds each kill cost."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            reading = [asyncio.create_task(self._read(learner)) for learner in self.learners]
            posting = [asyncio.create_task(self._post(learner, http)) for learner in self.learners]
            costs = []
            for _ in range(kills):
                await asyncio.sleep(between)
                await asyncio.to_thread(self.gateway.kill)
                killed = time.monotonic()
                await asyncio.to_thread(self.gateway.start)
                async with asyncio.timeout(PATIENCE):
                    while not self.taken_at or self.taken_at[-1] < killed:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                costs.append(next(at for at in self.taken_at if at > killed) - killed)
            await asyncio.sleep(between)
            self.stopping = True
            await asyncio.gather(*posting)
            end = time.monotonic() + PATIENCE
            while any(learner.missing for learner in self.learners) and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            # What comes twice comes late.
            await asyncio.sleep(1)
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        return costs

    async def _post(self, learner: Learner, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {self.gateway.token(learner.name)}"}
        address = f"http://{self.gateway.address}/v1/messages"
        while not self.stopping:
            key = str(uuid.uuid4())
            begin = time.monotonic()
            while True:
                try:
                    async with http.post(
                        address,
                        json={"text": "Why is 1/2 the same as 2/4?"},
                        headers={**headers, "Idempotency-Key": key},
                    ) as answer:
                        if answer.status == 202:
                            learner.accepted.add((await answer.json())["message_id"])
                            self.taken_at.append(time.monotonic())
                            break
                        if answer.status not in (429, 503):
                            raise RuntimeError(f"{answer.status}: {await answer.text()}")
                except (aiohttp.ClientError, OSError):
                    pass
                learner.resent += 1
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(max(0.0, begin + self.every - time.monotonic()))

    async def _read(self, learner: Learner) -> None:
        headers = {"Authorization": f"Bearer {self.gateway.token(learner.name)}"}
        while True:
            after = f"?after={learner.cursor}" if learner.cursor else ""
            address = f"ws://{self.gateway.address}/v1/stream{after}"
            try:
                async with connect(address, additional_headers=headers, proxy=None) as stream:
                    learner.connections += 1
                    async for text in stream:
                        frame = json.loads(text)
                        learner.cursor = frame.get("cursor") or learner.cursor
                        learner.gaps += frame["type"] == "gap"
                        if frame["type"] == "response":
                            learner.responses[frame["message_id"]] += 1
            except (ConnectionClosed, InvalidHandshake, OSError, EOFError, TimeoutError):
                pass
            await asyncio.sleep(RETRY_SECONDS)


def stored(bootstrap: str) -> Counter[str]:
    """How often each message id stands in the topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kill", "enable.partition.eof": True})
    numbers = consumer.list_topics(MESSAGES.name, timeout=10).topics[MESSAGES.name].partitions
    consumer.assign([TopicPartition(MESSAGES.name, number, 0) for number in numbers])
    found: Counter[str] = Counter()
    ended: set[int] = set()
    while len(ended) < len(numbers):
        record = consumer.poll(10)
        if record is None:
            raise RuntimeError("the messages' topic can't be read")
        if record.error() is not None:
            ended.add(record.partition())
        else:
            found[decode(MESSAGES.event, record.value())["message_id"]] += 1
    consumer.close()
    return found


def figures(load: Load, costs: list[float], found: Counter[str]) -> dict[str, Any]:
    """What became of the messages."""
    accepted = set().union(*(learner.accepted for learner in load.learners))
    return {
        "kills": len(costs),
        "learners": len(load.learners),
        "accepted": len(accepted),
        "posts_per_s": round(len(load.taken_at) / max(1e-9, load.taken_at[-1] - load.taken_at[0]), 1),
        "lost": len(accepted - set(found)),
        "twice_in_the_topic": sum(found[message] > 1 for message in accepted),
        "replies_missing": sum(len(learner.missing) for learner in load.learners),
        "replies_repeated": sum(count - 1 for each in load.learners for count in each.responses.values()),
        "gaps": sum(learner.gaps for learner in load.learners),
        "streams_resumed": sum(learner.connections - 1 for learner in load.learners),
        "requests_repeated": sum(learner.resent for learner in load.learners),
        "back_after_s": round(max(costs), 2),
    }


def measure(directory: Path, learners: int, every: float, kills: int, between: float) -> dict[str, Any]:
    """The figures, on a system of its own. Raises `LocalStackError`."""
    with Stack(directory / "stack", broker="kafka", clickhouse=False) as stack:
        variables = environment(stack, test_provider=True) | {"MASTERX_GATEWAY_LEARNER_RATE": "0"}
        admin.create(settings_for(variables))
        with Workers(directory, variables, {"core": 1, "routing": 1}):
            gateway = GatewayProcess(directory, variables)
            gateway.start()
            try:
                load = Load(gateway, [Learner(f"l-{number}") for number in range(learners)], every)
                costs = asyncio.run(load.run(kills, between))
                return figures(load, costs, stored(variables["MASTERX_KAFKA_BOOTSTRAP"]))
            finally:
                gateway.stop()


def main() -> int:
    """Measure and record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway.kill", description=__doc__)
    parser.add_argument("--learners", type=int, default=40)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between a learner's messages")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--between", type=float, default=5.0, help="seconds of load between kills")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = measure(Path(directory), asked.learners, asked.every, asked.kills, asked.between)
    history.record("gateway-kill", found)
    return 1 if any(found[name] for name in ("lost", "replies_missing", "replies_repeated", "gaps")) else 0


if __name__ == "__main__":
    sys.exit(main())

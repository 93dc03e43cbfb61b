"""A worker whose work is waiting: each message's text says for how many milliseconds.

`python -m benchmarks.concurrency.sleeper keyed|sequential --count N --out FILE`: takes N messages, writes what it saw
as JSON and ends. `sequential` is a plain Faust agent, one record after another.
"""

import argparse
import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from config.settings import Settings, settings
from pipeline import worker
from pipeline.app import PipelineApp
from pipeline.delivery.record import Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas import codec
from schemas.topics import MESSAGES


class Sleeper:
    """Waits as each message says and keeps count. Times are seconds."""

    def __init__(self, count: int, out: Path) -> None:
        self._count = count
        self._out = out
        self._in_flight = 0
        self._most_in_flight = 0
        self._began: float | None = None
        self._done: list[tuple[str, float]] = []
        self._in_flight_seconds = 0.0
        self._changed = 0.0

    async def wait(self, learner: str, text: str, appended_at: int) -> None:
        """Take one message. What a learner waits is counted from the broker's append."""
        now = time.monotonic()
        self._began = self._began or now
        self._move(+1, now)
        await asyncio.sleep(float(text) / 1000)
        self._move(-1, time.monotonic())
        self._done.append((learner, time.time() - appended_at / 1_000_000 - float(text) / 1000))
        if len(self._done) == self._count:
            self._finish()

    def _move(self, step: int, now: float) -> None:
        self._in_flight_seconds += self._in_flight * (now - self._changed) if self._changed else 0.0
        self._changed = now
        self._in_flight += step
        self._most_in_flight = max(self._most_in_flight, self._in_flight)

    def _finish(self) -> None:
        seconds = time.monotonic() - (self._began or 0.0)
        found = {
            "seconds": seconds,
            "in_flight": self._most_in_flight,
            "mean_in_flight": self._in_flight_seconds / seconds,
            "waits": self._done,
        }
        self._out.write_text(json.dumps(found))
        os.kill(os.getpid(), signal.SIGTERM)


def keyed(sleeper: Sleeper, chosen: Settings) -> int:
    """The pipeline's own worker with the sleeper as its stage."""

    async def handle(record: Record, state: bytes | None) -> Outcome:
        await sleeper.wait(record.event["learner_id"], record.event["text"], record.appended_at)
        return Outcome()

    stage = KeyedStage("sleeper", (Source(MESSAGES, owner=True),), handle, stateful=False, timeout=600)
    return worker.run("sleeper", [stage], chosen, check=lambda *_: None)


def sequential(sleeper: Sleeper, chosen: Settings) -> int:
    """A plain agent on the same driver."""
    app = PipelineApp(
        "masterx-plain",
        broker=f"kafka://{chosen.kafka_bootstrap}",
        datadir=chosen.data_dir,
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
    )
    app.prepare(chosen, ())
    topic = app.topic(MESSAGES.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def one_by_one(stream: Any) -> None:
        async for event in stream.events():
            message = codec.decode(MESSAGES.event, event.message.value)
            appended_at = round(event.message.timestamp * 1_000_000)
            await sleeper.wait(message["learner_id"], message["text"], appended_at)

    app.agent(topic)(one_by_one)
    return worker.execute(app, chosen)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("keyed", "sequential"))
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    sleeper = Sleeper(options.count, options.out)
    raise SystemExit((keyed if options.way == "keyed" else sequential)(sleeper, settings()))


if __name__ == "__main__":
    main()

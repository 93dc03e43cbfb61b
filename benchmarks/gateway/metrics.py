"""How long an aggregate takes from its record to a subscriber's frame on `/v1/metrics`."""

import asyncio
import json
import time
import uuid
from contextlib import suppress
from typing import Any

from confluent_kafka import Producer
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.gateway.process import GatewayProcess
from cli.verify import percentile
from schemas import codec
from schemas.topics import AGGREGATES

TENANT, DIMENSION = "bench", "fractions"
COUNT, EVERY_SECONDS = 200, 0.05
PATIENCE = 10.0


async def measure(gateway: GatewayProcess, bootstrap: str) -> dict[str, Any]:
    """p50 and p99 over `COUNT` aggregates, milliseconds from just before the record is produced."""
    headers = {"Authorization": f"Bearer {gateway.token(tenant=TENANT, role='staff')}"}
    address = f"ws://{gateway.address}/v1/metrics?sections=aggregates&kinds=concept&scopes={DIMENSION}"
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    made: dict[int, float] = {}
    ages: dict[int, float] = {}
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        reading = asyncio.create_task(_read(socket, made, ages))
        for revision in range(1, COUNT + 1):
            made[revision] = time.monotonic()
            producer.produce(AGGREGATES.name, codec.encode(AGGREGATES.event, _event(revision)), b"concept/bench")
            producer.poll(0)
            await asyncio.sleep(EVERY_SECONDS)
        # What did not come is missing from metrics_frames.
        with suppress(TimeoutError):
            await asyncio.wait_for(reading, PATIENCE)
    producer.flush(PATIENCE)
    times = list(ages.values())
    return {
        "metrics_p50_ms": percentile(times, 0.5),
        "metrics_p99_ms": percentile(times, 0.99),
        "metrics_frames": len(times),
    }


async def _read(socket: ClientConnection, made: dict[int, float], ages: dict[int, float]) -> None:
    last = 0
    while last < COUNT:
        for window in json.loads(await socket.recv())["aggregates"]:
            last = max(last, window["revision"])
            # A frame may hold a later revision than those before it, which then were not sent.
            ages.setdefault(window["revision"], (time.monotonic() - made[window["revision"]]) * 1000)


def _event(revision: int) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "tenant_id": TENANT,
        "kind": "concept",
        "dimension": DIMENSION,
        "window_start": 1_772_442_000_000_000,
        "window_s": 60,
        "final": False,
        "revision": revision,
        "source_partition": 0,
        "counts": {"events": revision},
        "sums": {},
        "sketches": {},
        "late": 0,
    }

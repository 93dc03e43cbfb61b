"""Rows a second that the sink's writer puts into ClickHouse, from decoded records to the answer that they are there."""

import time
import uuid

from clickhouse_connect.driver.client import Client

from benchmarks.analytics.school import PARTITIONS
from config.settings import Settings
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.topics import LEARNING_EVENTS
from sinks.writer import Writer

BATCHES = 30
NAMESPACE = uuid.UUID("6d617374-6572-4878-8000-0000000a7732")
START = 1_772_438_400_000_000  # 2026-03-02T08:00:00Z, microseconds


async def rows_per_second(client: Client, settings: Settings) -> float:
    """One batch after the other of `sink_batch_rows` learning events; the best and the worst tenth count as well."""
    size = settings.sink_batch_rows
    batches = [[_record(number) for number in range(n * size, (n + 1) * size)] for n in range(BATCHES + 1)]
    writer = Writer(settings)
    await writer.connect()
    try:
        await writer.write("raw_learning_events", batches[0])
        began = time.perf_counter()
        for batch in batches[1:]:
            await writer.write("raw_learning_events", batch)
        seconds = time.perf_counter() - began
    finally:
        await writer.close()
    (there,) = client.query(f"SELECT count() FROM {settings.clickhouse_database}.raw_learning_events").first_row
    if there != len(batches) * size:
        raise RuntimeError(f"{there:,} rows are there, {len(batches) * size:,} were written")
    return BATCHES * size / seconds


def _record(number: int) -> Record:
    learner = number % 5000
    event: Event = {
        "event_id": str(uuid.uuid5(NAMESPACE, str(number))),
        "tenant_id": "bench",
        "learner_id": f"learner-{learner:05}",
        "session_id": str(uuid.uuid5(NAMESPACE, f"session/{learner}")),
        "course_id": "mathematics",
        "sent_at": START + number * 1000,
        "message_id": None,
        "kind": "attempt_predicted",
        "concept_id": f"concept-{number % 12:02}",
        "item_id": f"concept-{number % 12:02}/{number % 20}",
        "model": "blend-1",
        "predicted": number * 7919 % 1000 / 1000,
        "outcome": float(number % 2),
        "value": None,
        "detail": {},
    }
    key = f"bench/{event['learner_id']}".encode()
    return Record(LEARNING_EVENTS.name, learner % PARTITIONS, number, key, event, event["sent_at"])

"""Binds the ClickHouse writer to every topic that is stored, dead letters included."""

from collections.abc import Sequence

from config.settings import Settings
from pipeline.delivery.record import Record
from pipeline.delivery.stage import BatchOutcome, BatchStage, Source, StateReader
from schemas.topics import ALL, MINUTES, SHARED, dead_letters
from sinks.writer import Writer


def stage(settings: Settings) -> BatchStage:
    """The stage that stores records. ClickHouse may be away when it starts."""
    writer = Writer(settings)

    async def handle(records: Sequence[Record], states: StateReader) -> BatchOutcome:
        return BatchOutcome(refused=await writer.write_all(records))

    # What is on MINUTES is on AGGREGATES too.
    stored = [topic for topic in ALL if topic not in (SHARED, MINUTES)]
    return BatchStage(
        "clickhouse",
        tuple(Source(topic) for topic in (*stored, *(dead_letters(topic) for topic in stored))),
        handle,
        most=settings.sink_batch_rows,
        within=settings.sink_batch_seconds,
        close=writer.close,
    )

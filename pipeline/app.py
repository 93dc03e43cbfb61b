"""One Faust app: its stages bound to their topics, with delivery in between."""

import asyncio
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import faust
from aiokafka.partitioner import murmur2
from yarl import URL

from config.settings import Settings
from pipeline.assignor import WeighingAssignor, recent_records
from pipeline.delivery.decoded import DecodedOnce
from pipeline.delivery.intake import Check, Intake, RawRecord, header_map
from pipeline.delivery.lane import Delivery, Runner, acknowledge, lane_of
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.poison import PoisonGuard
from pipeline.delivery.process_batch import BatchProcessor
from pipeline.delivery.process_keyed import KeyedProcessor
from pipeline.delivery.run_batch import BatchRunner
from pipeline.delivery.run_keyed import KeyedRunner
from pipeline.delivery.stage import BatchStage, KeyedStage, Stage
from pipeline.lease import HeartbeatLease
from pipeline.produce import FaustProducer
from pipeline.shared.feed import SharedFeed
from pipeline.shared.reader import SharedReader
from pipeline.table import FaustStates
from pipeline.transport import Transport
from schemas.codec import WriterSchemas

log = logging.getLogger(__name__)

PATIENT_FETCH_BYTES = 2**20
SHORTEST_LEAVE_SECONDS = 1.0
EXIT_FAILED = 70
EXIT_POISONED = 78


class PipelineApp(faust.App):  # type: ignore[misc]
    """A Faust app on the pipeline's own driver, which owns the app's deliveries."""

    def prepare(self, settings: Settings, stages: Sequence[Stage]) -> None:
        """Take over what the driver asks for."""
        self.lease = HeartbeatLease(settings.session_timeout_seconds)
        self.lanes: dict[str, Runner] = {}
        self.feeds: list[SharedFeed] = []
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self.assigned_at = 0
        self.drain_seconds = settings.drain_seconds
        # An app that only gathers batches can wait for them at the broker. A fetch costs by the partition, and there
        # are hundreds: fetched record by record they cost a sink more than all its inserts.
        patience = min((stage.within if isinstance(stage, BatchStage) else 0.0 for stage in stages), default=0.0) / 2
        self.fetch_min_bytes = PATIENT_FETCH_BYTES if patience else 1
        self.fetch_max_wait_ms = max(settings.fetch_max_wait_ms, round(patience * 1000))
        self.loads = partial(recent_records, settings.kafka_bootstrap)

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return Transport(self.conf.broker_producer, self)

    async def on_stop(self) -> None:
        """Stop, then close what the stages hold open."""
        await super().on_stop()
        for feed in self.feeds:
            await feed.close()
        for close in self.closers:
            await close()

    def renew_lease(self, sent: float) -> None:
        """See `pipeline.transport.Owner`."""
        self.lease.renew(sent)

    async def drain_deliveries(self) -> None:
        """See `pipeline.transport.Owner`. Without the lease nothing may be finished, so nothing is waited for."""
        deadline = self.drain_seconds if self.lease.valid() else 0.0
        over = time.monotonic() + deadline
        done = await asyncio.gather(*(lane.drain(deadline) for lane in self.lanes.values()))
        if not all(done):
            left = sum(lane.in_flight for lane in self.lanes.values())
            log.warning("%s: %d records handed back unfinished after %.0f s", self.conf.id, left, deadline)
        if self.lease.valid():
            left_over = max(over - time.monotonic(), SHORTEST_LEAVE_SECONDS)
            await asyncio.gather(*(feed.leave(left_over) for feed in self.feeds))

    def abandon_deliveries(self) -> None:
        """See `pipeline.transport.Owner`."""
        self.assigned_at = 0
        for lane in self.lanes.values():
            lane.abandon()
        for feed in self.feeds:
            feed.abandon()


def app_id(name: str) -> str:
    """The Faust app's id, which is its consumer group too."""
    return f"masterx-{name}"


def build(
    name: str,
    stages: Sequence[Stage],
    settings: Settings,
    *,
    check: Check,
    partitions: int,
    data_dir: Path,
    registry: WriterSchemas | None = None,
) -> PipelineApp:
    """The Faust app `name` with `stages`; `partitions` is the learner topics' partition count."""
    pocket = settings.broker == "pocket"
    app = PipelineApp(
        app_id(name),
        broker=[URL(f"kafka://{server.strip()}") for server in settings.kafka_bootstrap.split(",")],
        datadir=str(data_dir),
        store="rocksdb://",
        topic_partitions=partitions,
        topic_replication_factor=settings.replication_factor,
        topic_allow_declare=not pocket,
        topic_disable_leader=True,
        web_enabled=False,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_rebalance_timeout=settings.rebalance_timeout_seconds,
        broker_request_timeout=max(30.0, settings.session_timeout_seconds),
        broker_commit_interval=0.5,
        broker_commit_every=100_000,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        stream_recovery_delay=0.0,
        stream_buffer_maxsize=4096,
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_request_size=4 * 2**20,
        consumer_max_fetch_size=4 * 2**20,
        worker_redirect_stdouts=False,
        # The pocket broker knows no times: there every partition counts the same, and a group has one worker.
        **({} if pocket else {"PartitionAssignor": WeighingAssignor}),
    )
    app.prepare(settings, stages)
    producer = FaustProducer(app)
    guard = PoisonGuard(settings.poison_window, settings.poison_ratio)

    def counted(topic: str, refused: bool) -> None:
        if guard.count(topic, refused=refused) and not settings.accept_poison:
            _exit(
                EXIT_POISONED,
                f"more than {settings.poison_ratio:.0%} of the last {settings.poison_window} records of {topic} were "
                "refused; nothing more is committed. Mend what writes them, or go on with --accept-poison",
            )

    async def assigned(sender: Any, **_: Any) -> None:
        app.assigned_at = time.time_ns() // 1000
        for lane in app.lanes.values():
            lane.begin()
        for feed in app.feeds:
            feed.start()

    app.on_rebalance_complete.connect(assigned, weak=False)
    decoded = DecodedOnce(Counter(source.topic.name for stage in stages for source in stage.sources))
    for stage in stages:
        _bind(app, stage, settings, producer, check, counted, partitions, registry, decoded)
    return app


def _bind(
    app: PipelineApp,
    stage: Stage,
    settings: Settings,
    producer: FaustProducer,
    check: Check,
    counted: Callable[[str, bool], None],
    partitions: int,
    registry: WriterSchemas | None,
    decoded: DecodedOnce,
) -> None:
    intake = Intake(stage.sources, check, partitioner(partitions), registry, decoded)
    outbox = Outbox(stage.name, producer, app.lease)
    states = FaustStates(app, stage.name, partitions, producer, app.lease) if stage.stateful else None

    def failed(delivery: Delivery | None, error: BaseException) -> None:
        raw = delivery.raw if delivery is not None else None
        where = f"{raw.topic}/{raw.partition}@{raw.offset}" if raw is not None else "its stream or a tick"
        log.error("%s stopped at %s", stage.name, where, exc_info=error)
        _exit(EXIT_FAILED, f"{stage.name} can't go on: {type(error).__name__}: {error}")

    lane: Runner
    if isinstance(stage, BatchStage):
        topics = {source.topic.name for source in stage.sources}

        def assigned() -> list[int]:
            return sorted({tp.partition for tp in app.consumer.assignment() if tp.topic in topics})

        batch = BatchProcessor(
            stage, intake, outbox, states, app.lease, counted, assigned, remembered_ids=settings.dedupe_ids
        )

        async def work_batch(deliveries: Sequence[Delivery]) -> None:
            await batch([delivery.raw for delivery in deliveries])

        lane = BatchRunner(
            work_batch,
            acknowledge,
            failed,
            most=stage.most,
            within=stage.within,
            tick=stage.tick_seconds if stage.tick is not None else None,
        )
    else:
        keyed = KeyedProcessor(stage, intake, outbox, states, app.lease, counted, remembered_ids=settings.dedupe_ids)

        feed = _feed(app, stage, settings, outbox)

        async def work_one(delivery: Delivery) -> None:
            if feed is not None:
                await feed.ready(delivery.raw.partition)
            await keyed(delivery.raw)
            if feed is not None:
                feed.done(delivery.raw)

        lane = KeyedRunner(
            work_one, acknowledge, failed, concurrency=settings.concurrency, span=settings.partition_span
        )
    app.lanes[stage.name] = lane
    if stage.close is not None:
        app.closers.append(stage.close)
    topic = app.topic(
        *(source.topic.name for source in stage.sources),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
    )

    async def consume(stream: Any) -> None:
        try:
            await take(stream)
        except Exception as error:
            # The driver would start the agent again and forget the record that it tripped over.
            failed(None, error)

    async def take(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            if message.generation_id != app.consumer_generation_id:
                # Of an earlier assignment: it is read again.
                continue
            raw = RawRecord(
                message.topic,
                message.partition,
                message.offset,
                message.key,
                message.value,
                round(message.timestamp * 1000) * 1000,
                header_map(message.headers),
                message.timestamp * 1_000_000 < app.assigned_at,
            )
            await lane.submit((raw.topic, raw.partition), raw.offset, lane_of(raw), Delivery(raw, event), raw.size)

    consume.__name__ = consume.__qualname__ = stage.name
    app.agent(topic, name=stage.name)(consume)


def _feed(app: PipelineApp, stage: KeyedStage, settings: Settings, outbox: Outbox) -> SharedFeed | None:
    if stage.shared is None:
        return None
    feed = SharedFeed(stage.shared, outbox, partial(SharedReader, settings), settings.shared_seconds)
    app.feeds.append(feed)
    return feed


def partitioner(partitions: int) -> Callable[[bytes], int]:
    """Where a key goes among so many partitions: murmur2, as Java's client has it."""

    @lru_cache(maxsize=100_000)
    def partition_of(key: bytes) -> int:
        return int((murmur2(key) & 0x7FFFFFFF) % partitions)

    return partition_of


def _exit(code: int, why: str) -> None:
    # At once, without the commit that an orderly stop makes: what is not acknowledged is read again.
    print(f"masterx: {why}", file=sys.stderr, flush=True)
    logging.shutdown()
    os._exit(code)

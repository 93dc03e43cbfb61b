"""One Faust app: its stages bound to their topics, with delivery in between."""

import asyncio
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import faust
import faust.auth
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from yarl import URL

from config.kafka import librdkafka, require_credentials, tls_context
from config.settings import Settings
from pipeline import fetcher
from pipeline.arrivals import arrivals
from pipeline.assignor import WeighingAssignor, recent_records
from pipeline.broker_clock import BrokerClock
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
from pipeline.names import app_id
from pipeline.partitioner import partitioner
from pipeline.produce import FaustProducer
from pipeline.shared.feed import SharedFeed
from pipeline.shared.reader import SharedReader
from pipeline.stream_queue import StreamQueue
from pipeline.table import FaustStates
from pipeline.telemetry.collector import WorkerCollector
from pipeline.telemetry.lag import Position, positions
from pipeline.telemetry.meter import Counts, StageMeter
from pipeline.telemetry.server import TelemetryServer
from pipeline.telemetry.tracing import Tracer, tracer
from pipeline.telemetry.watchdog import Watchdog
from pipeline.transport import Transport
from schemas.codec import WriterSchemas
from schemas.topics import MESSAGES

log = logging.getLogger(__name__)

PATIENT_FETCH_BYTES = 2**20
# What waits for each stage when more comes than it can do: a thousand prompts of sixteen kilobytes. docs/delivery.md
# says what a worker holds at most. A record larger than a partition's fetch is fetched all the same.
STREAM_BUFFER_RECORDS = 1024
STREAM_BUFFER_BYTES = 16 * 2**20
PARTITION_FETCH_BYTES = 2**20
SHORTEST_LEAVE_SECONDS = 1.0
BROKER_SECONDS = 5.0
REQUEST_SECONDS = 30.0
# A group that rebalances takes its members back within one time-out of a rebalance, or the next, where others are slow.
LOST_REBALANCES = 4
EXIT_FAILED = 70
EXIT_TAKEN = 73
EXIT_STUCK = 75
EXIT_POISONED = 78


class PipelineApp(faust.App):  # type: ignore[misc]
    """A Faust app on the pipeline's own driver, which owns the app's deliveries."""

    def prepare(self, settings: Settings, stages: Sequence[Stage]) -> None:
        """Take over what the driver asks for."""
        self.lease = HeartbeatLease(settings.session_timeout_seconds)
        self.clock = BrokerClock()
        self.lanes: dict[str, Runner] = {}
        self.meters: list[StageMeter] = []
        self.watchdog: Watchdog | None = None
        self.feeds: list[SharedFeed] = []
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self.assigned_at = 0
        self.drain_seconds = settings.drain_seconds
        # An app that only gathers batches can wait for them at the broker. A fetch costs by the partition, and there
        # are hundreds: fetched record by record they cost a sink more than all its inserts.
        patience = min((stage.within if isinstance(stage, BatchStage) else 0.0 for stage in stages), default=0.0) / 2
        self.fetch_min_bytes = PATIENT_FETCH_BYTES if patience else 1
        self.fetch_max_wait_ms = max(settings.fetch_max_wait_ms, round(patience * 1000))
        self.loads = partial(recent_records, settings)

    def FlowControlQueue(self, maxsize: int, *, clear_on_resume: bool = False) -> StreamQueue:
        """The queue of a stream, and of the changelogs that are restored."""
        return StreamQueue(
            maxsize, STREAM_BUFFER_BYTES, flow_control=self.flow_control, clear_on_resume=clear_on_resume
        )

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return Transport(self.conf.broker_producer, self)

    async def on_stop(self) -> None:
        """Stop, then close what the stages hold open."""
        if self.watchdog is not None:
            self.watchdog.stop()
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
        for meter in self.meters:
            meter.forget()
        for feed in self.feeds:
            feed.abandon()


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
        broker_credentials=_credentials(settings),
        datadir=str(data_dir),
        store="rocksdb://",
        # Faust's standby tables miss changes that lie behind them when they begin (`make verify-takeover`); who takes
        # over with one answers anew what was answered. Restoring an active table waits for all of them.
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_replication_factor=settings.replication_factor,
        # They are there by now. Faust asks the controller for them, which a broker that just started may not know yet.
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_rebalance_timeout=settings.rebalance_timeout_seconds,
        broker_request_timeout=max(REQUEST_SECONDS, settings.session_timeout_seconds),
        # Faust's own is 20 minutes: so long a broker that lost its power, and says nothing more, would hold records up.
        producer_request_timeout=REQUEST_SECONDS,
        broker_commit_interval=0.5,
        broker_commit_every=100_000,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        stream_recovery_delay=0.0,
        stream_buffer_maxsize=STREAM_BUFFER_RECORDS,
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_request_size=4 * 2**20,
        consumer_max_fetch_size=PARTITION_FETCH_BYTES,
        worker_redirect_stdouts=False,
        # The pocket broker knows no times: there every partition counts the same, and a group has one worker.
        **({"PartitionAssignor": WeighingAssignor} if settings.weigh_partitions and not pocket else {}),
    )
    if settings.fetch_sessions:
        fetcher.install()
    app.prepare(settings, stages)
    producer = FaustProducer(app, app.clock)
    guard = PoisonGuard(settings.poison_window, settings.poison_ratio)

    def counted(stage: str, topic: str, refused: bool) -> None:
        if guard.count(stage, topic, refused=refused) and not settings.accept_poison:
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
    spans = tracer(app_id(name), settings)
    if spans is not None:
        app.closers.append(partial(asyncio.to_thread, spans.close))
    decoded = DecodedOnce(Counter(source.topic.name for stage in stages for source in stage.sources))
    for stage in stages:
        _bind(app, stage, settings, producer, check, counted, partitions, registry, decoded, spans)
    _watch(app, settings)
    return app


def _credentials(settings: Settings) -> faust.auth.Credentials | None:
    require_credentials(settings)
    context = tls_context(settings)
    if settings.kafka_security_protocol.startswith("SASL_"):
        return faust.auth.SASLCredentials(
            username=settings.kafka_user,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=context,
            mechanism=settings.kafka_sasl_mechanism,
        )
    return faust.auth.SSLCredentials(context) if context is not None else None


def _watch(app: PipelineApp, settings: Settings) -> None:
    def end(why: str) -> None:
        _exit(EXIT_STUCK, f"{why}; start it again: what it had not finished is read again")

    # It has threads and a connection of its own: most workers never need it.
    admin = cache(lambda: AdminClient(librdkafka(settings)))

    def broker_answers() -> bool:
        try:
            admin().list_topics(MESSAGES.name, timeout=BROKER_SECONDS)
        except KafkaException:
            return False
        return True

    ask: Callable[[], dict[tuple[str, int], Position]] | None = None
    if settings.metrics_port:

        def ask() -> dict[tuple[str, int], Position]:
            changelogs = app.tables.changelog_topics
            # A copy: the set is replaced, not changed, by a rebalance.
            assigned = [(tp.topic, tp.partition) for tp in app.consumer.assignment() if tp.topic not in changelogs]
            return positions(admin(), app.conf.id, assigned)

    watchdog = Watchdog(
        app.meters,
        end,
        app.lease.valid,
        stuck_seconds=settings.stuck_seconds,
        memory_limit_bytes=settings.memory_limit_mb * 2**20,
        lost_seconds=LOST_REBALANCES * settings.rebalance_timeout_seconds,
        broker_answers=broker_answers,
        positions=ask,
    )
    app.watchdog = watchdog
    server = TelemetryServer(
        WorkerCollector(app.conf.id, app.meters, lambda: watchdog.positions, lambda: app.clock.ahead),
        watchdog.why_stuck,
    )
    listening = False

    async def begin(sender: Any, **_: Any) -> None:
        nonlocal listening
        watchdog.start()
        if settings.metrics_port and not listening:
            listening = True
            try:
                await server.start(settings.metrics_host, settings.metrics_port)
            except OSError as error:
                address = f"{settings.metrics_host}:{settings.metrics_port}"
                _exit(EXIT_TAKEN, f"can't listen on {address}: {error.strerror}; set MASTERX_METRICS_PORT")

    app.on_rebalance_complete.connect(begin, weak=False)
    app.closers.append(server.close)


def _bind(
    app: PipelineApp,
    stage: Stage,
    settings: Settings,
    producer: FaustProducer,
    check: Check,
    counted: Callable[[str, str, bool], None],
    partitions: int,
    registry: WriterSchemas | None,
    decoded: DecodedOnce,
    spans: Tracer | None,
) -> None:
    counts = Counts()
    intake = Intake(stage.sources, check, partitioner(partitions), registry, decoded, app.clock.now, counts)
    outbox = Outbox(stage.name, producer, app.lease, counts)

    def counted_here(topic: str, refused: bool) -> None:
        counts.refused += refused
        counted(stage.name, topic, refused)

    def done(delivery: Delivery) -> None:
        counts.finish(delivery.raw.appended_at)
        acknowledge(delivery)

    def unrestored(error: Exception) -> None:
        _exit(EXIT_FAILED, f"{stage.name}'s table can't be restored from its changelog: {error}")

    states = (
        FaustStates(app, stage.name, partitions, producer, app.lease, unrestored, counts) if stage.stateful else None
    )

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
            stage,
            intake,
            outbox,
            states,
            app.lease,
            counted_here,
            assigned,
            remembered_ids=settings.dedupe_ids,
            counts=counts,
            tracer=spans,
        )

        async def work_batch(deliveries: Sequence[Delivery]) -> None:
            await batch([delivery.raw for delivery in deliveries])

        lane = BatchRunner(
            work_batch,
            done,
            failed,
            most=stage.most,
            within=stage.within,
            tick=stage.tick_seconds if stage.tick is not None else None,
        )
    else:
        keyed = KeyedProcessor(
            stage,
            intake,
            outbox,
            states,
            app.lease,
            counted_here,
            remembered_ids=settings.dedupe_ids,
            counts=counts,
            tracer=spans,
        )

        feed = _feed(app, stage, settings, outbox)

        async def work_one(delivery: Delivery) -> None:
            if feed is not None:
                await feed.ready(delivery.raw.partition)
            stored = await keyed(delivery.raw)
            if feed is not None:
                feed.done(delivery.raw, stored=stored)

        lane = KeyedRunner(work_one, done, failed, concurrency=settings.concurrency, span=settings.partition_span)
    app.lanes[stage.name] = lane
    app.meters.append(StageMeter(stage.name, counts, lane))
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
        async for event in arrivals(stream):
            message = event.message
            counts.taken += 1
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


def _exit(code: int, why: str) -> None:
    # At once, without the commit that an orderly stop makes: what is not acknowledged is read again.
    print(f"masterx: {why}", file=sys.stderr, flush=True)
    logging.shutdown()
    os._exit(code)

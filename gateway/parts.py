"""Everything that a running gateway is made of, started and stopped together."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from config.kafka import aiokafka
from config.redis import url as redis_url
from config.settings import Settings
from gateway.answered import Answered
from gateway.auth import Authenticator, AuthSettingError, read_jwks
from gateway.figures import Figures
from gateway.frames import KINDS
from gateway.health import Health
from gateway.hub import Hub
from gateway.intake import Intake
from gateway.kafka.feed import Feed, FeedRecord
from gateway.kafka.producer import Headers, Outbox
from gateway.kafka.replay import Replay
from gateway.limits import Limits
from gateway.listen import Listener
from gateway.origins import read_origins
from gateway.recent import Recent
from gateway.stream import Streams
from gateway.warehouse import Warehouse
from schemas.codec import Event, UndecidedError
from schemas.topics import AGGREGATES, ALERTS, ERASURES, INTERVENTIONS, RESPONSES, Topic

JWKS_SECONDS = 300.0
JWKS_PATIENCE = 5.0
MOST_JWKS_BYTES = 2**20

# Says what can't be accepted of a well-formed event: raises `Refusal`.
Check = Callable[[str, Event], None]
MakeHeaders = Callable[[Topic, Event], Headers]
# Hears of an event that Kafka has: its headers, and when the gateway began to send it, nanoseconds.
Sent = Callable[[Topic, Event, Headers, int], None]

log = logging.getLogger(__name__)


class Parts:
    """The parts of one gateway process. Raises `AuthSettingError` and `ValueError` for wrong settings."""

    def __init__(
        self, settings: Settings, check: Check, make_headers: MakeHeaders, sent: Sent = lambda *_: None
    ) -> None:
        self.settings, self.check, self.make_headers, self.sent = settings, check, make_headers, sent
        self.authenticator = Authenticator(settings)
        self.origins = read_origins(settings.gateway_origins)
        self.answered = Answered()
        connection, redis = aiokafka(settings), redis_url(settings)
        self.outbox = Outbox(
            connection,
            most=settings.gateway_in_flight,
            most_each=settings.gateway_learner_in_flight,
            seconds=settings.gateway_produce_seconds,
        )
        self.limits = Limits(
            redis,
            learner_minute=settings.gateway_learner_rate,
            tenant_minute=settings.gateway_tenant_rate,
            tenant_day=settings.gateway_tenant_quota,
        )
        self.warehouse = Warehouse(settings)
        self.intake = Intake()
        self.recent = Recent(settings.gateway_replay_bytes)
        self.watchers: dict[str, set[asyncio.Event]] = {}
        self.figures = Figures(self._figures_changed)
        self.hub = Hub(
            most=settings.gateway_max_streams,
            most_each=settings.gateway_learner_streams,
            followed=lambda key, yes: self.listener.follow(key, yes),
        )
        self.listener = Listener(redis, self.hub.tokens)
        self.feed = Feed(
            connection,
            (RESPONSES.name, INTERVENTIONS.name, AGGREGATES.name, ALERTS.name, ERASURES.name),
            lookback_seconds=settings.gateway_replay_seconds,
            # An alert stands until it is cleared, an erasure holds for all that the other topics still have.
            whole=(ALERTS.name, ERASURES.name),
            begun=self._begun,
            take=self._take,
        )
        self.streams = Streams(
            self.feed,
            self.intake,
            self.recent,
            Replay(connection, most=settings.gateway_replay_records),
            self.hub,
            most_waiting=settings.gateway_stream_frames,
        )
        self.health = Health(
            {
                "kafka": self.outbox.ping,
                "feed": self._feed_ping,
                "clickhouse": self.warehouse.ping,
                "redis": self.listener.ping,
            },
            frozenset({"kafka", "feed"}),
        )
        self._jwks: asyncio.Task[None] | None = None

    async def read_keys(self) -> None:
        """Read the public keys, where a place of them is set. Raises `AuthSettingError` where they can't be had."""
        if self.settings.gateway_jwks:
            self.authenticator.public_keys = read_jwks(await self._read_jwks())

    async def start(self) -> None:
        """Begin. Raises `AuthSettingError` where the public keys can't be had, unless they were read before."""
        if self.settings.gateway_jwks:
            if not self.authenticator.public_keys:
                await self.read_keys()
            self._jwks = asyncio.get_running_loop().create_task(self._refresh_jwks())
        self.outbox.start()
        self.feed.start()
        self.listener.start()
        self.health.start()

    async def stop(self) -> None:
        """End, with what was taken in handed to Kafka."""
        if self._jwks is not None:
            self._jwks.cancel()
            await asyncio.gather(self._jwks, return_exceptions=True)
        await self.health.stop()
        await self.outbox.stop()
        await self.feed.stop()
        await self.listener.stop()
        await self.limits.stop()
        await self.warehouse.close()

    def _begun(self, topic: str, partition: int, offset: int) -> None:
        if topic in KINDS:
            self.recent.begin(KINDS[topic], partition, offset)

    def _take(self, record: FeedRecord) -> None:
        try:
            self._show(record)
        except UndecidedError:
            raise
        except Exception as error:
            # A defect, and tried again it would fail again: what stands behind it must not wait for ever.
            self.intake.counts["failed"] += 1
            place = f"{record.topic}/{record.partition}/{record.offset}"
            log.error("a record can't be shown and is passed over: %s", place, exc_info=error)

    def _show(self, record: FeedRecord) -> None:
        if record.topic == ERASURES.name:
            self._forget(self.intake.erasure(record), record.at)
            return
        if record.topic in (AGGREGATES.name, ALERTS.name):
            seen = self.intake.event(record)
            if seen is not None:
                show = self.figures.alert if record.topic == ALERTS.name else self.figures.aggregate
                show(seen)
            return
        read = self.intake.read(record)
        if read is None:
            return
        kept, event = read
        self.recent.add(kept)
        self.hub.deliver(kept)
        if record.topic == RESPONSES.name:
            self.figures.response(event, record.at)
        else:
            self.figures.intervention(event, record.at)

    def _forget(self, key: bytes | None, at: int) -> None:
        if key is not None:
            self.recent.forget(key, at)
            self.limits.forget(key)
            tenant, _, learner = key.decode(errors="replace").partition("/")
            self.figures.forget(tenant, learner, at)

    def _figures_changed(self, tenant: str) -> None:
        for watcher in self.watchers.get(tenant, ()):
            watcher.set()

    async def _feed_ping(self) -> None:
        if not (self.feed.caught_up and self.feed.reading):
            raise ConnectionError("not up to now, or not reading")

    async def _read_jwks(self) -> bytes:
        place = self.settings.gateway_jwks
        try:
            if place.startswith("http://"):
                raise AuthSettingError("MASTERX_GATEWAY_JWKS: keys that came without TLS prove nothing; use https")
            if not place.startswith("https://"):
                return await asyncio.to_thread(Path(place).read_bytes)
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=JWKS_PATIENCE)) as session,
                session.get(place, allow_redirects=False) as answer,
            ):
                answer.raise_for_status()
                found = bytearray()
                # A read gives what has come so far, which may be the document's beginning alone.
                async for chunk in answer.content.iter_any():
                    found += chunk
                    if len(found) > MOST_JWKS_BYTES:
                        raise AuthSettingError(f"MASTERX_GATEWAY_JWKS: it has more than {MOST_JWKS_BYTES} bytes")
                return bytes(found)
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            # Of an address its host alone: the rest may hold a login.
            named = urlsplit(place).hostname if place.startswith("https://") else place
            why = getattr(error, "strerror", None) or getattr(error, "message", None) or type(error).__name__
            raise AuthSettingError(f"MASTERX_GATEWAY_JWKS: {named} can't be read: {why}") from error

    async def _refresh_jwks(self) -> None:
        while True:
            await asyncio.sleep(JWKS_SECONDS)
            try:
                self.authenticator.public_keys = read_jwks(await self._read_jwks())
            except AuthSettingError as error:
                log.warning("the public keys stay as they were: %s", error)

"""Opens, resumes and writes a learner's stream, whatever carries it."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError

from gateway import cursor as cursors
from gateway.cursor import INTERVENTION, RESPONSE, Cursor
from gateway.frames import TOPICS
from gateway.hub import Hub
from gateway.intake import Intake
from gateway.kafka.feed import Feed, FeedRecord
from gateway.kafka.partition import partition_of
from gateway.kafka.replay import Replay, Span
from gateway.principal import Principal
from gateway.recent import Kept, Recent
from gateway.refusal import Refusal, later, unauthorised
from gateway.subscriber import Frame, Subscriber

# Pieces of replies are sent together when they come closer than this, seconds.
COALESCE_SECONDS = 0.03
HEARTBEAT_SECONDS = 15.0
# A client that is being resumed may leave frames untaken for so long; a few are resumed at a time, and others wait.
STALLED_SECONDS = 10.0
# A cursor may be ahead of this process, that was a little slower than another gateway, by so many records.
MOST_AHEAD = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missed:
    """What a client missed of one topic: `span` is to be read from Kafka again, `kept` is in memory."""

    kind: int
    span: Span | None
    kept: list[Kept]


@dataclass(frozen=True, slots=True)
class Opened:
    """An open stream: batches of frames, an empty one as a heartbeat; `lost` is set when the client is too slow."""

    batches: AsyncGenerator[list[Frame], None]
    lost: asyncio.Event


class TooSlowError(Exception):
    """The client did not take its frames in time."""


class Streams:
    """The learners' streams of this process."""

    def __init__(
        self, feed: Feed, intake: Intake, recent: Recent, replay: Replay, hub: Hub, *, most_waiting: int
    ) -> None:
        self._feed, self._intake, self._recent, self._replay, self._hub = feed, intake, recent, replay, hub
        self._most_waiting = most_waiting

    def now(self, key: bytes) -> Cursor:
        """The cursor of a stream that begins now. Raises `Refusal` before the topics' ends are known."""
        if not self._feed.caught_up:
            raise later("starting", "the gateway has not read up to now yet", 2)
        partition = partition_of(key, self._feed.widths[TOPICS[RESPONSE]])
        return Cursor(
            partition,
            self._feed.position(TOPICS[RESPONSE], partition),
            self._feed.position(TOPICS[INTERVENTION], partition),
        )

    def before_reply(self, key: bytes, message_id: str) -> Cursor:
        """The cursor of a stream that holds what comes of a message which is about to be written. Raises as `now`.

        It may have been written before, by a request that was sent again since its answer was lost: then its reply may
        be there already.
        """
        begin = self.now(key)
        for kind in (RESPONSE, INTERVENTION):
            there = [kept.offset for kept in self._recent.after(key, kind, 0) if kept.body["message_id"] == message_id]
            begin = begin.at(kind, min(there, default=begin.next(kind)))
        return begin

    @contextmanager
    def opened(self, principal: Principal, learner: str, session: str | None, after: str | None) -> Iterator[Opened]:
        """A learner's stream, of one sitting alone where `session` says so, resumed behind the cursor `after`.

        Iterating its batches raises `TooSlowError`, and `Refusal` when the token expires. Raises `Refusal` itself too.
        """
        key = principal.key(learner)
        now = self.now(key)
        asked = self._asked(after, now)
        subscriber = Subscriber(staff=principal.is_staff, session=session, most=self._most_waiting, cursor=asked or now)
        # In one step with the look at where the reading stands: what comes from here on waits in the subscriber.
        self._hub.add(key, subscriber)
        missed = self._missed(key, subscriber.cursor, now)
        lost_place = after is not None and asked is None
        try:
            yield Opened(self._batches(key, subscriber, principal, missed, lost_place), subscriber.lost)
        finally:
            self._hub.remove(key, subscriber)

    @staticmethod
    def _asked(after: str | None, now: Cursor) -> Cursor | None:
        """The cursor to resume from; None for a new stream, or where the cursor belongs to other topics than these."""
        if after is None:
            return None
        found = cursors.parse(after)
        if found is None:
            raise Refusal(400, "cursor", "after (or Last-Event-ID) is no cursor of a stream")
        ahead = max(found.response - now.response, found.intervention - now.intervention)
        return found if found.partition == now.partition and ahead <= MOST_AHEAD else None

    def _missed(self, key: bytes, cursor: Cursor, now: Cursor) -> list[Missed]:
        found = []
        for kind in (RESPONSE, INTERVENTION):
            begin, end = cursor.next(kind), now.next(kind)
            floor = self._recent.floor(kind, now.partition)
            if begin < end and floor is not None:
                span = Span(TOPICS[kind], now.partition, begin, min(floor, end)) if begin < floor else None
                kept = [entry for entry in self._recent.after(key, kind, max(begin, floor)) if entry.offset < end]
                found.append(Missed(kind, span, kept))
        return found

    async def _batches(
        self, key: bytes, subscriber: Subscriber, principal: Principal, missed: list[Missed], lost_place: bool
    ) -> AsyncGenerator[list[Frame], None]:
        yield [subscriber.about_itself({"type": "hello", "cursor": str(subscriber.cursor)})]
        if lost_place:
            yield [subscriber.about_itself(_gap("the cursor is not of these topics"))]
        for part in missed:
            if part.span is not None:
                async with aclosing(self._again(part.span, key, subscriber)) as again:
                    async for frames in again:
                        yield frames
            for kept in part.kept:
                if frames := subscriber.passed(kept):
                    yield frames
        last = 0.0
        while True:
            remaining = (principal.expires_at or float("inf")) - time.time()
            if remaining <= 0:
                raise unauthorised("the token has expired; get a new one")
            try:
                async with asyncio.timeout(min(HEARTBEAT_SECONDS, remaining)):
                    await subscriber.arrived()
            except TimeoutError:
                yield []
                continue
            if (pause := last + COALESCE_SECONDS - time.monotonic()) > 0 and subscriber.only_tokens:
                await asyncio.sleep(pause)
            if subscriber.lost.is_set():
                raise TooSlowError
            last = time.monotonic()
            if frames := subscriber.drain():
                yield frames

    async def _again(self, span: Span, key: bytes, subscriber: Subscriber) -> AsyncGenerator[list[Frame], None]:
        try:
            async with aclosing(self._replay.read(span, key)) as records:
                async for found in records:
                    if isinstance(found, FeedRecord):
                        read = self._intake.read(found)
                        if read is not None and (frames := subscriber.passed(read[0])):
                            # While frames wait for this client no other one's turn to be resumed comes.
                            stalled = asyncio.get_running_loop().call_later(STALLED_SECONDS, subscriber.lost.set)
                            try:
                                yield frames
                            finally:
                                stalled.cancel()
                    elif found > span.begin:
                        yield [subscriber.about_itself(_gap("Kafka no longer holds what stood at the cursor"))]
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("a stream could not be resumed: %s", error)
            raise later("kafka_away", "what was missed can't be read now; resume again", 5) from error


def _gap(line: str) -> dict[str, Any]:
    return {"type": "gap", "message": line}

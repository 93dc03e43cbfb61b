"""Looks up schemas that other versions of the program have announced on `masterx.schemas`."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException

from config.background_lookup import BackgroundLookup
from config.kafka import librdkafka
from config.kafka_log import Span, read_through, watermarks
from config.settings import Settings
from schemas import announced, catalogue
from schemas.catalogue import AvroSchema, SchemasAwayError
from schemas.topics import SCHEMAS

log = logging.getLogger(__name__)

READ_SECONDS = 3.0
LOOK_EVERY_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 60.0
MOST_UNKNOWN = 10_000


def recorded(settings: Settings, seconds: float = READ_SECONDS) -> dict[bytes, bytes]:
    """Fingerprint → schema's JSON, all that is on the topic; nothing where there is no such topic.

    Blocks for a few times `seconds` at most. Raises `KafkaException`.
    """
    options = {"group.id": "masterx-schemas", "enable.auto.commit": False, "fetch.wait.max.ms": 20}
    consumer = Consumer({**librdkafka(settings), **options})
    found: dict[bytes, bytes] = {}
    try:
        topic = consumer.list_topics(SCHEMAS.name, timeout=seconds).topics[SCHEMAS.name]
        if topic.error is not None and topic.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return {}
        held = Span(SCHEMAS.name, 0, *watermarks(consumer, SCHEMAS.name, 0, seconds))
        for message in read_through(consumer, [held], seconds):
            key, value = message.key(), message.value()
            if isinstance(key, bytes) and value is not None:
                found[key] = value
    except TimeoutError as error:
        raise KafkaException(str(error)) from error
    finally:
        consumer.close()
    return found


class AnnouncedSchemas:
    """An `Elsewhere` of `schemas.catalogue`. May be called from any thread; blocks while it looks.

    `read` gives what is announced. A fingerprint is unknown if a look that began after it was first asked for has not
    found it; then it is looked for again every `LOOK_AGAIN_SECONDS`. A flood of them costs a look a second.
    """

    def __init__(self, read: Callable[[], Mapping[bytes, bytes]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[str, AvroSchema]] = {}
        # When it was first asked for, and how many looks there had been by then.
        self._asked: dict[bytes, tuple[float, int]] = {}
        self._looks = 0
        self._tried = float("-inf")

    def __call__(self, mark: bytes) -> tuple[str, AvroSchema] | None:
        """Event name and parsed schema; None where nobody announced it. Raises `SchemasAwayError`."""
        with self._lock:
            known = self._known.get(mark)
            if known is not None:
                return known
            now = self._clock()
            since, looks = self._asked.get(mark, (float("-inf"), 0))
            if now - since >= LOOK_AGAIN_SECONDS:
                if len(self._asked) >= MOST_UNKNOWN:
                    self._asked.clear()
                looks = self._looks
                self._asked[mark] = now, looks
            if self._looks == looks:
                if now - self._tried < LOOK_EVERY_SECONDS:
                    raise SchemasAwayError(f"fingerprint {mark.hex()} is looked for in a moment")
                try:
                    self._look()
                finally:
                    self._tried = self._clock()
            return self._known.get(mark)

    def _look(self) -> None:
        try:
            found = self._read()
        except KafkaException as error:
            raise SchemasAwayError(f"{SCHEMAS.name} can't be read: {error}") from error
        self._looks += 1
        for mark, value in found.items():
            if mark not in self._known:
                try:
                    self._known[mark] = announced.read(mark, value)
                except ValueError as error:
                    log.warning("%s holds something else under %s: %s", SCHEMAS.name, mark.hex(), error)


def install(settings: Settings, *, in_background: bool = False) -> None:
    """Make every decoder of this process look there; `in_background` where an event loop must not wait for it, and
    what is being looked up counts as away. With the pocket broker one version runs, and nothing is there."""
    if settings.broker == "pocket":
        return
    schemas = AnnouncedSchemas(lambda: recorded(settings))
    catalogue.look_elsewhere(BackgroundLookup(schemas, _not_yet) if in_background else schemas)


def _not_yet(mark: bytes) -> SchemasAwayError:
    return SchemasAwayError(f"fingerprint {mark.hex()} is being looked up")

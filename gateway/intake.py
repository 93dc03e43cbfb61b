"""From a record of the learners' topics to the frame that streams send."""

from collections import Counter

import orjson

from gateway.erased import Erased
from gateway.frames import KINDS, body_of
from gateway.kafka.feed import FeedRecord
from gateway.recent import Kept
from gateway.seen import Seen
from schemas.codec import DecodeError, Event, UndecidedError, decode
from schemas.ids import learner_key
from schemas.topics import BY_NAME, ERASURES

REMEMBERED = 100_000


class Intake:
    """Decodes records and drops second copies and what is from before a learner's erasure.

    `counts` holds `unreadable`, `duplicates` and `erased`.
    """

    def __init__(self) -> None:
        self._seen = Seen(REMEMBERED)
        self._erased = Erased(REMEMBERED)
        self.counts: Counter[str] = Counter()

    def event(self, record: FeedRecord) -> Event | None:
        """The event of a record, if it is one. Raises `UndecidedError` while another version's schema is looked up."""
        try:
            return decode(BY_NAME[record.topic].event, record.value)
        except UndecidedError:
            raise
        except DecodeError:
            self.counts["unreadable"] += 1
            return None

    def erasure(self, record: FeedRecord) -> bytes | None:
        """The key of the learner whom an Erasure is about; from now on nothing from before it is read. Raises as
        `event`; None for what is no event."""
        try:
            event = decode(ERASURES.event, record.value)
            key = learner_key(event["tenant_id"], event["learner_id"])
        except UndecidedError:
            raise
        except DecodeError as error:
            if error.reason != "unknown_schema":
                self.counts["unreadable"] += 1
                return None
            # Of an app with a schema registry, which workers ask and the gateway does not.
            key = record.key
        self._erased.add(key, record.at)
        return key

    def read(self, record: FeedRecord) -> tuple[Kept, Event] | None:
        """The frame and the event of a record; None for a second copy, for what is from before the learner's erasure
        and for what is no event. Raises as `event`."""
        if self._erased.covers(record.key, record.at):
            self.counts["erased"] += 1
            return None
        kind = KINDS[record.topic]
        event = self.event(record)
        if event is None:
            return None
        if not self._seen.first(event["event_id"], (kind, record.partition, record.offset)):
            self.counts["duplicates"] += 1
            return None
        body = body_of(kind, event)
        size = len(orjson.dumps(body))
        return Kept(record.key, kind, record.partition, record.offset, record.at, body, size), event

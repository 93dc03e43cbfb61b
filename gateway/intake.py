"""From a record of the learners' topics to the frame that streams send."""

from collections import Counter

import orjson

from gateway.frames import KINDS, body_of
from gateway.kafka.feed import FeedRecord
from gateway.recent import Kept
from gateway.seen import Seen
from schemas.codec import DecodeError, Event, UndecidedError, decode
from schemas.topics import BY_NAME

REMEMBERED = 100_000


class Intake:
    """Decodes records and drops second copies. `counts` holds `unreadable` and `duplicates`."""

    def __init__(self) -> None:
        self._seen = Seen(REMEMBERED)
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

    def read(self, record: FeedRecord) -> tuple[Kept, Event] | None:
        """The frame and the event of a record; None for a second copy and for what is no event. Raises as `event`."""
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

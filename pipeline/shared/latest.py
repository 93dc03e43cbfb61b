"""What to keep of the publications on `masterx.shared`: the latest of each kind and source partition."""

from schemas.codec import Event


def topic_key(event: Event) -> bytes:
    """The key of a SharedStatistics event, so that a compacted topic keeps the latest."""
    return f"{event['kind']}/{event['source_partition']}".encode()


class Latest:
    """The publications that stand. Each replaces the one before it as a whole, so none counts twice."""

    def __init__(self) -> None:
        self._events: dict[bytes, Event] = {}

    def take(self, event: Event) -> bool:
        """Whether `event` is news; kept then. A lower revision comes too late, the same event is no news."""
        key = topic_key(event)
        before = self._events.get(key)
        if before is not None and (same(before, event) or event["revision"] < before["revision"]):
            return False
        self._events[key] = event
        return True

    def events(self) -> list[Event]:
        """All that stand, by kind and partition: added up in another order, sums would differ in their last digits."""
        return [self._events[key] for key in sorted(self._events)]


def same(one: Event, other: Event) -> bool:
    """Whether the two are one publication. Its id alone does not tell: an owner and one who believes that it still
    is may both publish what is the next revision to them."""
    return bool(one["event_id"] == other["event_id"] and one["sent_at"] == other["sent_at"])

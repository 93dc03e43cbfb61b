"""How far the worker apps have read a learner's partition, by what their groups have committed.

A group's commit is the one word of a worker that holds after a crash: what lies before it is never read again, its
outputs are in their topics and its state is in its changelog.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from cli.kafka import ANSWER_SECONDS, reader
from cli.learner.kept import Place, existing, held
from cli.learner.readers import READS, group

if TYPE_CHECKING:
    from confluent_kafka import Consumer

    from config.settings import Settings
    from schemas.topics import Topic

LOOK_SECONDS = 0.2
Offsets = Mapping[Place, int]


def unread(ends: Offsets, committed: Offsets) -> int:
    """Records before `ends` that a group has not committed yet."""
    return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items())


class Progress:
    """Waits for the apps. One that has not moved for `patience` seconds is in `stuck` and not waited for again."""

    def __init__(
        self, settings: "Settings", partition: int, patience: float, tell: Callable[[str], None] = lambda _line: None
    ) -> None:
        self._partition = partition
        self._patience = patience
        self._tell = tell
        self.stuck: dict[str, int] = {}
        self._groups: dict[str, Consumer] = {}
        try:
            for app in READS:
                self._groups[app] = reader(settings, **{"group.id": group(app)})
        except BaseException:
            self.close()
            raise

    def until_read(self, topics: Sequence["Topic"], apps: Iterable[str] = tuple(READS)) -> None:
        """Return once the `apps` have read what the learner's partition of each of `topics` holds now."""
        for app in apps:
            names = {topic.name for topic in READS[app]} & {topic.name for topic in topics}
            if names and app not in self.stuck:
                self._until(app, sorted(names))

    def _until(self, app: str, names: Sequence[str]) -> None:
        # Dead-letter topics have one partition.
        places = [(name, 0 if name.endswith(".DLQ") else self._partition) for name in names]
        consumer = self._groups[app]
        spans = [held(consumer, *place) for place in existing(consumer, places)]
        ends = {(span.topic, span.partition): span.high for span in spans if span.high > span.low}
        least, moved_at, told = None, time.monotonic(), False
        while left := unread(ends, self._committed(app, list(ends))):
            if least is None or left < least:
                least, moved_at = left, time.monotonic()
            if time.monotonic() - moved_at > self._patience:
                self.stuck[app] = left
                return
            if not told:
                self._tell(f"waiting for 'masterx worker {app}' to read {left} record{'' if left == 1 else 's'}")
                told = True
            time.sleep(LOOK_SECONDS)

    def _committed(self, app: str, places: Sequence[Place]) -> dict[Place, int]:
        from confluent_kafka import TopicPartition

        if not places:
            return {}
        asked = [TopicPartition(topic, partition) for topic, partition in places]
        return {
            (place.topic, place.partition): max(0, place.offset)
            for place in self._groups[app].committed(asked, timeout=ANSWER_SECONDS)
        }

    def close(self) -> None:
        """Let the clients go."""
        for consumer in self._groups.values():
            consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""Which of the records that we sent were refused: the dead letters say where each one stood."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings

Place = tuple[str, int, int]


class Refusals:
    """Reads the dead letters of the topics in `sent_at_place` on from where it last stopped.

    `sent_at_place` maps topic, partition and offset to the id of what was sent there; it may grow between calls.
    """

    def __init__(self, settings: "Settings", topics: tuple[str, ...], sent_at_place: Mapping[Place, str]) -> None:
        from cli.kafka import reader

        self._settings = settings
        self._topics = topics
        self._sent_at_place = sent_at_place
        self._consumer = reader(settings)
        self._read_to: dict[tuple[str, int], int] = {}
        self._origins: set[Place] = set()

    def ids(self) -> frozenset[str]:
        """The ids of all that was refused until now. Raises `Failure` when the broker does not answer."""
        from dataclasses import replace

        from cli.kafka import origin_of, reach, read_through, spans

        dead = tuple(f"{topic}.DLQ" for topic in self._topics)
        held = [
            replace(span, low=max(span.low, self._read_to.get((span.topic, span.partition), 0)))
            for span in spans(self._consumer, dead, reach(self._consumer, self._settings))
        ]
        for message in read_through(self._consumer, held):
            origin = origin_of(message)
            if origin is not None:
                self._origins.add(origin)
        self._read_to.update({(span.topic, span.partition): span.high for span in held})
        return frozenset(self._sent_at_place[place] for place in self._origins if place in self._sent_at_place)

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()

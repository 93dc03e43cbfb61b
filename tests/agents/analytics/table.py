"""A table of one partition in memory, and a run of batches over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agents.analytics.windows import Change, PartitionWindows
from config.windows import Span, WindowRules
from schemas import codec
from schemas.codec import Event

RULES = WindowRules(spans=(Span(seconds=60, kinds=("tenant", "course", "concept", "provider", "emotion")),))


@dataclass(frozen=True)
class Arrival:
    name: str
    topic: str
    offset: int
    event: Event
    appended_at: int


def arrivals(name: str, topic: str, events: Iterable[Event], *, delay: int = 0) -> list[Arrival]:
    return [Arrival(name, topic, n, event, event["sent_at"] + delay) for n, event in enumerate(events)]


@dataclass
class Table:
    rules: WindowRules = RULES
    partition: int = 3
    since: int = -(10**12)
    values: dict[bytes, bytes] = field(default_factory=dict)
    said: list[Event] = field(default_factory=list)

    def change(self, batch: Sequence[Arrival], now: int, *, tick: bool = False) -> Change:
        windows = PartitionWindows(self.partition, self.values.get, self.rules, now, self.since)
        for one in batch:
            windows.observe(one.name, one.topic, one.offset, one.appended_at, one.event)
        if tick:
            windows.tick()
        return windows.take()

    def store(self, change: Change, first: int | None = None) -> None:
        for key, value in list(change.entries.items())[:first]:
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value

    def run(self, batch: Sequence[Arrival], now: int = 0, *, tick: bool = False) -> list[Event]:
        change = self.change(batch, now, tick=tick)
        for key, event in change.aggregates:
            assert key == f"{event['kind']}/{event['dimension']}/{event['window_start']}".encode()
            assert codec.decode("Aggregate", codec.encode("Aggregate", event)) == event
        said = [event for _, event in change.aggregates]
        self.said += said
        self.store(change)
        return said

    def finals(self) -> dict[tuple[str, str, int], Event]:
        found = [event for event in self.said if event["final"]]
        by_window = {(event["kind"], event["dimension"], event["window_start"]): event for event in found}
        assert len({event["event_id"] for event in found}) == len(by_window)
        return by_window

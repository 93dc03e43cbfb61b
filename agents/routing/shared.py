"""What routing learns from all learners: the bandit's statistics and what was spent, as sums per source partition.

A record teaches once it is done, so that one that comes again after a crash does not count twice.
"""

from collections.abc import Callable, Collection, Sequence

from agents.routing.bandit import Bandit
from agents.routing.spending import Spending
from schemas.codec import Event
from schemas.ids import derived

BANDIT = "bandit"
SPENDING = "spending"

Place = tuple[int, str, int]


class RoutingSums:
    """The sums of the partitions that this worker owns, beside those that other workers publish of theirs."""

    def __init__(self, bandit: Bandit, spending: Spending) -> None:
        self._bandit = bandit
        self._spending = spending
        self._ours: set[int] = set()
        self._changed: set[int] = set()
        self._revisions: dict[int, int] = {}
        self._taught: dict[Place, Callable[[], None]] = {}
        self._paid: dict[Place, Callable[[], None]] = {}

    def rewarded(self, stood: Place, reward: Event) -> None:
        """The Reward that stood at partition, topic, offset; it teaches once that record is done."""

        def learn() -> None:
            self._bandit.learn(reward["provider"], reward["task"], reward["features"], reward["value"], stood[0])

        self._taught[stood] = learn

    def spent(self, stood: Place, tenant: str, day: int, usd: float) -> None:
        """What the message that stood at partition, topic, offset has cost; it is paid, whatever becomes of it."""
        if usd > 0:
            self._paid[stood] = lambda: self._spending.add(stood[0], day, tenant, round(usd * 1_000_000))

    def done(self, partition: int, topic: str, offset: int) -> None:
        """The record at this place is done: what it taught and what it has cost counts."""
        for under_way in (self._taught, self._paid):
            count = under_way.pop((partition, topic, offset), None)
            if count is not None:
                count()
                self._changed.add(partition)

    def refused(self, partition: int, topic: str, offset: int) -> None:
        """Nothing of the record at this place was stored: it has taught nothing, but what it has cost counts."""
        self._taught.pop((partition, topic, offset), None)
        self.done(partition, topic, offset)

    def changed(self, partition: int) -> bool:
        """Whether records were done since the partition's sums were published last."""
        return partition in self._changed

    def published(self, partition: int, now: int) -> Sequence[Event]:
        """The partition's sums as SharedStatistics events; `now` in microseconds."""
        self._changed.discard(partition)
        revision = self._revisions[partition] = self._revisions.get(partition, 0) + 1
        return [
            {
                "event_id": derived(f"{kind}/{partition}", "routing", str(revision)),
                "kind": kind,
                "source_partition": partition,
                "revision": revision,
                "sent_at": now,
                "statistics": statistics,
            }
            for kind, statistics in (
                (BANDIT, self._bandit.dumps(partition)),
                (SPENDING, self._spending.dumps(partition)),
            )
        ]

    def take(self, event: Event, partitions: Collection[int]) -> None:
        """Read one SharedStatistics event. Raises ValueError for a damaged one."""
        if event["kind"] not in (BANDIT, SPENDING) or not partitions:
            return
        source = event["source_partition"]
        self._ours.update(partitions)
        if source in self._ours and source not in partitions:
            # This worker's own word of a partition whose sums it holds.
            return
        self._revisions[source] = max(self._revisions.get(source, 0), event["revision"])
        if event["kind"] == BANDIT:
            self._bandit.take_part(source, event["statistics"])
        else:
            self._spending.take_part(source, event["statistics"])

    def revoked(self) -> None:
        """Every partition was given back: their owners count for them now."""
        for kept in (self._ours, self._changed, self._revisions, self._taught, self._paid):
            kept.clear()
        self._bandit.forget()
        self._spending.forget()

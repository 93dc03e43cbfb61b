"""What the profiles of one partition share: the curriculum, the knowledge model, what was learned from all learners."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agents.profile.behaviour import Behaviour, Sums
from agents.profile.behaviour import loads as behaviour_sums
from agents.profile.knowledge import KnowledgeModel, SharedDifficulty, dump_statistics, load_statistics
from agents.profile.knowledge.features import ITEM_SHRINKAGE
from agents.profile.knowledge.statistics import Statistics, easiness
from agents.profile.rarest import Room
from agents.profile.weights import weights
from config.curriculum import Concept, Curriculum, Item, load
from config.experiments import Experiment
from schemas.codec import Event
from schemas.ids import derived

BEHAVIOUR = "behaviour"
DIFFICULTY = "item_difficulty"
REFRESH = 100
ROOMS = {
    "items": Room(6000, 220_000),
    "concepts": Room(2000, 100_000),
    "follows": Room(2000, 150_000),
    "transitions": Room(5000, 240_000),
}
BEHAVIOUR_ROOM = Room(5000, 250_000)
"""Published of a partition: apps name items and concepts, what follows what has as many keys as attempts, and a record
has to fit the broker. With names of any kind, both stay below 0.7 MB."""


@dataclass(slots=True)
class Learned:
    """What one event taught, apart from what counts already."""

    behaviour: dict[str, Sums] = field(default_factory=dict)
    difficulty: Statistics = field(default_factory=Statistics)

    def __bool__(self) -> bool:
        return bool(self.behaviour or self.difficulty.total[0])


class Shared:
    """One per source partition: this process adds to `partition`'s sums and reads those of all."""

    def __init__(
        self,
        partition: int = 0,
        curriculum: Curriculum | None = None,
        experiments: tuple[Experiment, ...] = (),
    ) -> None:
        self.partition = partition
        self.experiments = experiments
        self.curriculum = load() if curriculum is None else curriculum
        self.behaviour = Behaviour()
        trained, self.model_name = weights()
        self.model = KnowledgeModel(trained, self.curriculum.requires)
        self.difficulty_sums = SharedDifficulty(str(partition))
        self.revision = 0
        self.changed = False
        self.first_path: list[str] | None = None
        self._difficulties: dict[str, tuple[int, list[float]]] = {}

    def difficulties(self, concept: Concept) -> list[float]:
        """Log-odds of a wrong answer on each of the concept's items, against their mean: the curriculum's guess,
        replaced by what attempts show. Taken anew after every `REFRESH` askings."""
        asked, found = self._difficulties.get(concept.id, (0, []))
        if asked % REFRESH == 0:
            items = self.difficulty_sums.total.items
            found = [_difficulty(item, items.get(item.id)) for item in concept.items]
            centre = sum(found) / len(found)
            found = [one - centre for one in found]
        self._difficulties[concept.id] = (asked + 1, found)
        return found

    @contextmanager
    def apart(self) -> Iterator[Learned]:
        """What is noted within is read at once, but is not published before it was settled: an event whose state was
        not stored when the worker ended comes again, and must not count twice. After an exception it is undone."""
        learned = Learned()
        behaviour, difficulty = self.behaviour.own, self.difficulty_sums.own
        self.behaviour.own, self.difficulty_sums.own = learned.behaviour, learned.difficulty
        try:
            yield learned
        except BaseException:
            self.undo(learned)
            raise
        finally:
            self.behaviour.own, self.difficulty_sums.own = behaviour, difficulty

    def settle(self, learned: Learned) -> None:
        """Let what was noted apart count as this partition's."""
        if learned:
            self.changed = True
            self.behaviour.settle(learned.behaviour)
            self.difficulty_sums.own.add(learned.difficulty)

    def undo(self, learned: Learned) -> None:
        """Take back what was noted apart."""
        self.behaviour.undo(learned.behaviour)
        self.difficulty_sums.total.add(learned.difficulty, -1.0)

    def published(self, now: int) -> list[Event]:
        """The SharedStatistics events to put on `masterx.shared`; `now` in microseconds."""
        self.revision += 1
        self.changed = False
        self.difficulty_sums.prune(ROOMS)
        self.behaviour.prune(BEHAVIOUR_ROOM)
        return [
            self._statistics(BEHAVIOUR, self.behaviour.dumps(), now),
            self._statistics(DIFFICULTY, dump_statistics(self.difficulty_sums.own), now),
        ]

    def _statistics(self, kind: str, statistics: bytes, now: int) -> Event:
        return {
            "event_id": derived(f"{kind}/{self.partition}", "profile", str(self.revision)),
            "kind": kind,
            "source_partition": self.partition,
            "revision": self.revision,
            "sent_at": now,
            "statistics": statistics,
        }

    def take(self, event: Event) -> None:
        """Read one SharedStatistics event: another partition's replaces what that one had published before, this
        partition's own is where it goes on from, so read those before its first record. Other kinds are left alone.
        Raises ValueError for damaged ones."""
        self.put(event, read(event))

    def put(self, event: Event, sums: "Statistics | dict[str, Sums] | None") -> None:
        """`take` with what `read` made of the event."""
        mine = event["source_partition"] == self.partition
        if isinstance(sums, Statistics):
            if mine:
                self.difficulty_sums.total.add(self.difficulty_sums.own, -1.0)
                self.difficulty_sums.own = sums.copy()
                self.difficulty_sums.total.add(sums)
            else:
                self.difficulty_sums.replace(str(event["source_partition"]), sums)
        elif sums is not None:
            if mine:
                self.behaviour.restore(sums)
            else:
                self.behaviour.replace(event["source_partition"], sums)
        if mine and sums is not None:
            self.revision = max(self.revision, event["revision"])


def read(event: Event) -> "Statistics | dict[str, Sums] | None":
    """The sums of one SharedStatistics event; None for a kind that is not the profile's. Raises ValueError."""
    if event["kind"] == BEHAVIOUR:
        return behaviour_sums(event["statistics"])
    if event["kind"] == DIFFICULTY:
        return load_statistics(event["statistics"])
    return None


def _difficulty(item: Item, sums: list[float] | None) -> float:
    if sums is None:
        return item.difficulty
    left = ITEM_SHRINKAGE / (sums[0] + ITEM_SHRINKAGE)
    return item.difficulty * left - easiness(sums, ITEM_SHRINKAGE)

"""How mastery moves: what the profile stage takes to be the chance of a right answer, concept by concept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cli.demo.seen.record import Seen
from schemas.topics import PROFILES

SAMPLE_SECONDS = 2.0
SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Course:
    """One concept over all learners who have tried it. `first` and `now` are mean chances of a right answer, each
    learner's first and latest; `history` has the mean every few seconds, the latest last."""

    concept_id: str
    learners: int
    attempts: int
    mastered: int
    first: float
    now: float
    history: Sequence[float]


class Mastery:
    """Takes LearnerProfile records; each learner counts with the latest one."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], float] = {}
        self._latest: dict[str, dict[str, tuple[float, int, bool]]] = defaultdict(dict)
        self._revisions: dict[str, int] = {}
        self._history: dict[str, list[float]] = defaultdict(list)
        self._sampled = float("-inf")

    def note(self, seen: Seen) -> None:
        """Take in a snapshot; other records, and a learner's older ones, are ignored."""
        event = seen.event
        if seen.topic != PROFILES.name or event["revision"] <= self._revisions.get(event["learner_id"], -1):
            return
        learner = event["learner_id"]
        self._revisions[learner] = event["revision"]
        for concept in event["concepts"]:
            if concept["attempts"] == 0:
                continue
            name = concept["concept_id"]
            self._first.setdefault((name, learner), concept["p_correct"])
            self._latest[name][learner] = (concept["p_correct"], concept["attempts"], concept["mastered"])
        if seen.at - self._sampled >= SAMPLE_SECONDS:
            self._sampled = seen.at
            for name in self._latest:
                self._history[name] = [*self._history[name], self._mean(name)][-SAMPLES:]

    def courses(self, most: int) -> list[Course]:
        """The `most` practised concepts."""
        found = [self._course(name) for name in self._latest]
        return sorted(found, key=lambda course: (-course.attempts, course.concept_id))[:most]

    def _course(self, name: str) -> Course:
        latest = self._latest[name]
        firsts = [self._first[name, learner] for learner in latest]
        return Course(
            concept_id=name,
            learners=len(latest),
            attempts=sum(attempts for _, attempts, _ in latest.values()),
            mastered=sum(mastered for _, _, mastered in latest.values()),
            first=sum(firsts) / len(firsts),
            now=self._mean(name),
            history=tuple(self._history[name]),
        )

    def _mean(self, name: str) -> float:
        latest = self._latest[name]
        return sum(p for p, _, _ in latest.values()) / len(latest)

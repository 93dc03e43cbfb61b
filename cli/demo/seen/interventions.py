"""The interventions raised, the ones that people should look at before those that only say what comes next."""

from collections import Counter, deque
from dataclasses import dataclass

from cli.demo.seen.record import Seen
from schemas.topics import INTERVENTIONS

KEPT = 8


@dataclass(frozen=True, slots=True)
class Raised:
    """One intervention; `at_ms` is the broker's timestamp."""

    at_ms: int
    learner: str
    kind: str
    severity: str
    text: str


class Raisings:
    """Counts by kind, and the latest of those that are more than information and of the others."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._telling: deque[Raised] = deque(maxlen=KEPT)
        self._others: deque[Raised] = deque(maxlen=KEPT)

    def note(self, seen: Seen) -> None:
        """Take in an intervention; other records are ignored."""
        if seen.topic != INTERVENTIONS.name:
            return
        event = seen.event
        self.counts[event["kind"]] += 1
        raised = Raised(seen.appended_ms, event["learner_id"], event["kind"], event["severity"], event["text"])
        (self._others if event["kind"] == "next_step_changed" else self._telling).append(raised)

    def latest(self, most: int) -> list[Raised]:
        """At most `most`, newest first; changes of the next step fill what is left."""
        telling = list(self._telling)[-most:]
        others = list(self._others)[-(most - len(telling)) :] if len(telling) < most else []
        return sorted([*telling, *others], key=lambda raised: -raised.at_ms)

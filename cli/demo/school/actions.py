"""What learners do, and what reaches them, without ids, topics and encodings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrote:
    """A message to the tutor; it is answered before the learner goes on."""

    learner: str
    text: str
    concept_id: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A graded attempt at an item. `seconds` is what it took."""

    learner: str
    concept_id: str
    item_id: str
    correct: bool
    answer: str
    seconds: float
    hints_used: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What the learner says of the last reply: HELPFUL, UNHELPFUL or CONFUSED."""

    learner: str
    kind: str


@dataclass(frozen=True, slots=True)
class Came:
    """The learner opened a session."""

    learner: str


@dataclass(frozen=True, slots=True)
class Left:
    """The learner closed the session."""

    learner: str


Action = Wrote | Tried | Judged | Came | Left


@dataclass(frozen=True, slots=True)
class Reply:
    """What a learner notices of the tutor's answer. `by_tutor` is false for an offline or a safe reply."""

    text: str
    concepts: tuple[str, ...] = ()
    tone: str = "neutral"
    acknowledge: bool = False
    smaller_steps: bool = False
    challenge: bool = False
    by_tutor: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the learner's app shows next: the standing decision of the learner's profile."""

    kind: str
    concept_id: str
    item_id: str | None

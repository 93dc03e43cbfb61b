"""Who is in the class: the same class for the same seed."""

from dataclasses import dataclass
from random import Random

from cli.demo.school.knowledge import Knowledge
from cli.demo.school.learner import Habits, Learner
from cli.demo.school.mood import Mood
from config.curriculum import Curriculum

NAMES = (
    "amina", "bruno", "chen", "daria", "elif", "farid", "greta", "hugo", "ines", "jonas", "kemal", "lena", "milan",
    "noor", "oskar", "priya", "quentin", "rosa", "samir", "tessa", "umar", "vera", "wanda", "xenia", "yusuf", "zoe",
    "aldo", "bea", "carl", "dunja", "emil", "fatou", "gabor", "hana", "ivo", "jana", "kofi", "lotte", "mara", "nils",
)  # fmt: skip
# Learners begin so many seconds apart on average, all within this.
ARRIVALS = 4.0


@dataclass(frozen=True, slots=True)
class Character:
    """A kind of learner: habits, patience, how quickly they learn, and where they stand on what they are at."""

    name: str
    habits: Habits
    patience: float
    quickness: float
    level: float
    boredom: float = 0.1
    nerves: float = 0.1
    # What they know of the weakest prerequisite of what they are at, where that is a gap: log-odds.
    gap: float | None = None


CHARACTERS = (
    Character("steady", Habits(talkative=0.5, pace=1.0), patience=1.4, quickness=1.0, level=0.0),
    Character("impatient", Habits(talkative=0.7, pace=0.7), patience=0.7, quickness=1.0, level=-0.6),
    Character("quiet", Habits(talkative=0.25, pace=1.1, hints=0.3), patience=1.2, quickness=0.9, level=-0.2),
    Character("ahead", Habits(talkative=0.5, pace=0.8), patience=1.3, quickness=1.3, level=1.8, boredom=0.35),
    Character("nervous", Habits(talkative=0.7, pace=1.2, hints=0.3), patience=1, quickness=1, level=-0.4, nerves=0.6),
    Character("with a gap", Habits(talkative=0.6, pace=1.0), patience=1.0, quickness=0.9, level=-0.8, gap=-1.0),
)  # fmt: skip
# What the course is at: enough before it and after it for the path to lead both ways.
STARTS = (
    "equivalent-fractions", "adding-fractions", "multiplying-fractions", "decimals", "negative-numbers", "expressions",
)  # fmt: skip


def make_class(size: int, seed: int, curriculum: Curriculum) -> list[Learner]:
    """`size` learners; each draws from a source of its own, so that one's timing does not change another."""
    return [_learner(number, seed, curriculum) for number in range(size)]


def _learner(number: int, seed: int, curriculum: Curriculum) -> Learner:
    name = NAMES[number % len(NAMES)] + (f"-{number // len(NAMES) + 1}" if number >= len(NAMES) else "")
    draw = Random(f"{seed}/{name}")
    character = CHARACTERS[number % len(CHARACTERS)]
    starts = [concept for concept in STARTS if concept in curriculum.concepts] or list(curriculum.concepts)
    start = starts[draw.randrange(len(starts))]
    return Learner(
        name=name,
        character=character.name,
        curriculum=curriculum,
        knowledge=Knowledge(curriculum, _levels(curriculum, start, character, draw), character.quickness),
        mood=Mood(boredom=character.boredom, nerves=character.nerves, patience=character.patience),
        habits=character.habits,
        start=start,
        draw=draw,
        due=draw.uniform(0.0, ARRIVALS),
    )


def _levels(curriculum: Curriculum, start: str, character: Character, draw: Random) -> dict[str, float]:
    """What comes before `start` is mostly known, what comes after it mostly not."""
    before = _all_before(curriculum, start)
    levels = {
        concept: draw.gauss(1.6 if concept in before else character.level if concept == start else -1.5, 0.4)
        for concept in curriculum.concepts
    }
    if character.gap is not None and curriculum.requires(start):
        weakest = min(curriculum.requires(start), key=lambda concept: levels[concept])
        levels[weakest] = character.gap
    return levels


def _all_before(curriculum: Curriculum, concept_id: str) -> set[str]:
    found: set[str] = set()
    left: list[str] = list(curriculum.requires(concept_id))
    while left:
        concept = left.pop()
        if concept not in found:
            found.add(concept)
            left += curriculum.requires(concept)
    return found

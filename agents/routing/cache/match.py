"""Whether two questions of one kind want the same answer.

The same words do. Different words do only where one question says a single word more than the other and their
vectors lie very close: two questions that put one word in the place of another ("mean" and "median") are what an
encoder takes for alike and a learner does not. Numbers, signs and what relates them are never left out; beside a number
or a sign no word is ("half of 20 percent of 80").
"""

from collections import Counter
from collections.abc import Sequence

from agents.routing.cache.entry import Entry, likeness

LEAST_LIKENESS = 0.90
MOST_EXTRA_WORDS = 1
# A form marks so what relates its words to each other: to, from, by, not, …
MARK = ":"
# What is shorter may stand for something: x, ab, mW.
FEWEST_LETTERS = 3


def similarity(words: Sequence[str], vector: bytes, entry: Entry) -> float:
    """How sure it is that the question wants the entry's answer, 0 (it is not to be given) to 1 (the same words)."""
    if tuple(words) == entry.words:
        return 1.0
    mine, theirs = Counter(words), Counter(entry.words)
    fewer, more = (mine, theirs) if len(words) < len(entry.words) else (theirs, mine)
    if fewer - more or sum((more - fewer).values()) > MOST_EXTRA_WORDS:
        return 0.0
    shorter, longer = sorted((tuple(words), entry.words), key=len)
    if not _in_order(shorter, longer):
        return 0.0
    found = likeness(vector, entry.vector)
    return found if found >= LEAST_LIKENESS else 0.0


def exact(words: Sequence[str]) -> list[str]:
    """Those of a form's words, in their order, that another question must have to the letter to want the same."""
    if any(_is_sign(word) for word in words):
        return list(words)
    return [word for word in words if len(word) < FEWEST_LETTERS or not word.isalpha()]


def _is_sign(word: str) -> bool:
    return not word.startswith(MARK) and (len(word) == 1 or not word[-1].isalpha())


def _in_order(shorter: Sequence[str], longer: Sequence[str]) -> bool:
    rest = iter(longer)
    return all(word in rest for word in shorter)

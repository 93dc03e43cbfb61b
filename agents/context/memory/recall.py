"""Which items a message calls for: by meaning where they are encoded, by letter always."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.context.encoder import Encoder, Vectors
from agents.context.memory.keep import START, strengths
from agents.context.memory.store import KINDS, Memory
from agents.context.memory.words import content_words, stem

MEANING_SHARE = 0.75
MOST_WORDS = 24
STANDING_SHARE = 0.2
NUMBERS_SHARE = 0.02
PENDING_A_CALL = 3
# Below this many items a model call is not worth its time: letters find them, or all of them fit.
FEW = 24
SAID = KINDS.index("said")

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """An item at `index` of the memory and how much the message calls for it, 0 to about 1."""

    index: int
    relevance: float


def encode_pending(memory: Memory, encoder: Encoder) -> Memory:
    """The memory with a few more items encoded.

    Statements by rule come first, then what the learner said, then what they heard; the newest of each first.
    """
    waiting = np.flatnonzero(memory.ready == 0)
    pending = waiting[np.lexsort((-waiting, memory.kinds[waiting] // SAID))][:PENDING_A_CALL]
    if not len(pending):
        return memory
    indexes = [int(index) for index in pending]
    vectors = encoder.encode([memory.text(index) for index in indexes])
    return memory if vectors is None else memory.encoded(indexes, vectors)


def by_letter(memory: Memory, words: Sequence[str]) -> Scores:
    """Share of the query's words, weighted by their rarity in the memory, that each item holds; 0 to 1."""
    scores = np.zeros(len(memory))
    if not words or not len(memory):
        return scores
    total = 0.0
    for word in words:
        # Bytes lower only ASCII letters: other scripts are looked up in each case that they may stand in.
        forms = {form.encode().lower() for form in (word, word.capitalize(), word.upper())}
        places = sorted(place for form in forms for place in _starts(memory.lowered, form))
        holders = np.unique(np.searchsorted(memory.ends, places, side="right")) if places else np.zeros(0, np.int64)
        weight = math.log(1 + len(memory) / (1 + len(holders)))
        total += weight
        scores[holders] += weight
    return scores / total


def _starts(text: bytes, word: bytes) -> Iterator[int]:
    """Where words that begin with `word` stand in `text`."""
    place = text.find(word)
    while place >= 0:
        if place == 0 or not text[place - 1 : place].isalnum():
            yield place
        place = text.find(word, place + 1)


def numbers(memory: Memory) -> Scores:
    """How many runs of digits each item holds: what can't be made up again."""
    return memory.digit_runs


def search(memory: Memory, query: str, vector: Vectors | None, now: int, most: int) -> list[Found]:
    """The `most` items most called for by `query`, best first. Without its `vector`, by letter alone."""
    if not len(memory):
        return []
    words = [stem(word) for word in sorted(content_words(query))][:MOST_WORDS]
    letter = by_letter(memory, words)
    if vector is None:
        scores = letter
    else:
        meaning = np.clip(memory.similarities(vector).astype(np.float64), 0, 1)
        # What is not encoded yet stands on its letters alone.
        scores = np.where(memory.ready > 0, MEANING_SHARE * meaning + (1 - MEANING_SHARE) * letter, letter)
    # Standing facts matter a little to whatever is asked; faded ones matter less.
    share = strengths(memory, now) / START.max()
    ranked = scores * (0.8 + 0.2 * share) + STANDING_SHARE * share + NUMBERS_SHARE * np.log1p(numbers(memory))
    count = min(most, len(memory))
    top = np.argpartition(-ranked, count - 1)[:count]
    top = top[np.lexsort((-memory.numbers[top].astype(np.int64), -ranked[top]))]
    return [Found(int(index), float(ranked[index])) for index in top]

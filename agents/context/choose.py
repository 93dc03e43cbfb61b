"""From all candidate pieces to the ranked ones that are sent on: those chosen under the budget rank above the rest."""

from collections.abc import Sequence
from functools import lru_cache

from agents.context.layers import Piece
from agents.context.memory.words import content_words, stem
from agents.context.selection import greedy
from agents.context.selection.problem import Problem

# Kept free for the prompt's own text (instructions, notes' frames), which the routing stage adds.
TEMPLATE_TOKENS = 220
LEAST_OVERLAP = 0.5
MOST_PIECES = 72
# Runners-up are sent along: the routing stage fills with them what late turns and its template leave free.
RUNNERS_UP = 24
# What the chosen pieces say already is not sent a second time.
LEAST_GAIN = 0.25


def problem(pieces: Sequence[Piece], budget: int) -> Problem:
    """The pieces as an optimisation problem, in their order."""
    at = {piece["piece_id"]: index for index, piece in enumerate(pieces)}
    needs = []
    for piece in pieces:
        asked = f"turn:{piece['turn']}:user" if piece["role"] == "assistant" else ""
        needs.append(at.get(asked, -1))
    return Problem([p["value"] for p in pieces], [p["tokens"] for p in pieces], budget, needs, _overlaps(pieces))


def _overlaps(pieces: Sequence[Piece]) -> dict[tuple[int, int], float]:
    """What pairs say twice: the share of the shorter text's content words that the other has, from `LEAST_OVERLAP` on,
    of the lower value. What was said can be said twice by memory only; the other layers speak of different things.
    """
    column: dict[str, int] = {}
    said: list[tuple[int, bool, int, int, int]] = []
    for index, piece in enumerate(pieces):
        if piece["layer"] not in ("memory", "conversation"):
            continue
        mask = number = 0
        for word, is_number in _stems(piece["text"]):
            bit = 1 << column.setdefault(word, len(column))
            mask |= bit
            if is_number:
                number |= bit
        said.append((index, piece["layer"] == "memory", mask, number, mask.bit_count()))
    overlaps: dict[tuple[int, int], float] = {}
    for place, (i, is_memory, mask, number, count) in enumerate(said):
        for j, other_is_memory, other_mask, other_number, other_count in said[place + 1 :]:
            if not (is_memory or other_is_memory):
                continue
            fewer = count if count <= other_count else other_count
            shared = (mask & other_mask).bit_count()
            if not shared or shared < LEAST_OVERLAP * fewer:
                continue
            # Alike but for a number is not the same: "question 3", "question 4".
            if not (number & ~other_mask if count <= other_count else other_number & ~mask):
                overlaps[i, j] = min(pieces[i]["value"], pieces[j]["value"]) * shared / fewer
    return overlaps


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[tuple[str, bool], ...]:
    """Stems of the content words, and whether each is a number. Kept: a turn is a candidate again and again."""
    return tuple((stem(word), word[0].isdigit()) for word in content_words(text))


def _all_but_repeated(stated: Problem) -> list[int]:
    """Where everything fits: each piece, by its value, that adds something to those before it."""
    neighbours = stated.neighbours()
    chosen: set[int] = set()
    for index, value in enumerate(stated.values):
        gain = value - sum(overlap for other, overlap in neighbours[index] if other in chosen)
        if gain > 0 and (stated.needs[index] < 0 or stated.needs[index] in chosen):
            chosen.add(index)
    return sorted(chosen)


def choose(pieces: Sequence[Piece], budget: int) -> list[Piece]:
    """The pieces in the order of their values, which are set so that the choice under `budget` tokens ranks first.

    A chosen piece's value is 1 + its worth, a runner-up's stays below 1.
    """
    ranked = sorted(pieces, key=lambda piece: (-piece["value"], piece["piece_id"]))[:MOST_PIECES]
    stated = problem(ranked, max(0, budget))
    chosen = set(_all_but_repeated(stated) if sum(stated.tokens) <= budget else greedy.solve(stated))
    gains = list(stated.values)
    for (i, j), overlap in stated.overlaps.items():
        gains[i] -= overlap * (j in chosen)
        gains[j] -= overlap * (i in chosen)
    sent: list[Piece] = []
    runners_up = 0
    for index, piece in enumerate(ranked):
        worth = min(max(piece["value"], 0.0), 0.9999)
        if index in chosen:
            sent.append({**piece, "value": 1 + worth})
        elif runners_up < RUNNERS_UP and gains[index] > LEAST_GAIN * stated.values[index]:
            runners_up += 1
            sent.append({**piece, "value": worth})
    return sorted(sent, key=lambda piece: (-piece["value"], piece["piece_id"]))

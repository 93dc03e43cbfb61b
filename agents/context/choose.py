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
    overlaps: dict[tuple[int, int], float] = {}
    for i, j, share in _shared_words([piece["text"] for piece in pieces]):
        layers = {pieces[i]["layer"], pieces[j]["layer"]}
        # What was said can be said twice by memory only; the other layers speak of different things.
        if "memory" in layers and layers <= {"memory", "conversation"}:
            overlaps[i, j] = min(pieces[i]["value"], pieces[j]["value"]) * share
    return Problem([p["value"] for p in pieces], [p["tokens"] for p in pieces], budget, needs, overlaps)


def _shared_words(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Pairs of texts and the share of the shorter one's content words that the other has, from `LEAST_OVERLAP` on."""
    column: dict[str, int] = {}
    masks, numbers = [], []
    for text in texts:
        mask = number = 0
        for word, is_number in _stems(text):
            bit = 1 << column.setdefault(word, len(column))
            mask |= bit
            if is_number:
                number |= bit
        masks.append(mask)
        numbers.append(number)
    counts = [mask.bit_count() for mask in masks]
    pairs = []
    for i, mask in enumerate(masks):
        for j in range(i + 1, len(masks)):
            shared = (mask & masks[j]).bit_count()
            if not shared or shared < LEAST_OVERLAP * (fewer := min(counts[i], counts[j])):
                continue
            # Alike but for a number is not the same: "question 3", "question 4".
            shorter, longer = (i, j) if counts[i] <= counts[j] else (j, i)
            if not numbers[shorter] & ~masks[longer]:
                pairs.append((i, j, shared / fewer))
    return pairs


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[tuple[str, bool], ...]:
    """Stems of the content words, and whether each is a number. Kept: a turn is a candidate again and again."""
    return tuple((stem(word), word[0].isdigit()) for word in content_words(text))


def choose(pieces: Sequence[Piece], budget: int) -> list[Piece]:
    """The pieces in the order of their values, which are set so that the choice under `budget` tokens ranks first.

    A chosen piece's value is 1 + its worth, a runner-up's stays below 1.
    """
    ranked = sorted(pieces, key=lambda piece: (-piece["value"], piece["piece_id"]))[:MOST_PIECES]
    stated = problem(ranked, max(0, budget))
    chosen = set(greedy.solve(stated))
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

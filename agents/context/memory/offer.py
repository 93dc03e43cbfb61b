"""Memory items as candidate pieces of a prompt."""

from collections.abc import Container

from agents.context.encoder import Vectors
from agents.context.layers import Piece, piece
from agents.context.memory.keep import DAY_MICROS
from agents.context.memory.recall import search
from agents.context.memory.store import Memory

MOST_PIECES = 40
NOISE_RANK = 10
FEW_NOISE = 0.3
BASE, GAIN, MOST_VALUE = 0.3, 5.0, 0.95
LEADS = {
    "fact": "The learner said",
    "liking": "The learner said",
    "goal": "The learner said",
    "mistake": "The learner said",
    "promise": "The tutor said",
    "result": "The learner said",
    "said": "The learner said",
    "heard": "The tutor said",
}
# A statement by rule is worth more than a sentence that was merely said, at the same relevance.
WEIGHT = {"said": 0.9, "heard": 0.9}


def offer(
    memory: Memory, query: str, now: int, vector: Vectors | None, without: Container[int] = frozenset()
) -> list[Piece]:
    """The items most called for by `query` (sent at `now`, microseconds, UTC; `vector`: its vector, if there is one).

    Items whose turn is still in the conversation are among them: a single sentence fits where its turn does not, and
    the choice under the budget sees that they say the same. Those of the turns `without` are left out.
    """
    if not len(memory):
        return []
    pieces: list[Piece] = []
    ranked = search(memory, query, vector, now, MOST_PIECES)
    # What every message calls for about as much is noise: worth is how far an item stands out from it.
    noise = ranked[NOISE_RANK].relevance if len(ranked) > NOISE_RANK else FEW_NOISE
    turns = memory.turns[[found.index for found in ranked]].tolist() if without else ()
    for place, found in enumerate(ranked):
        if without and turns[place] in without:
            continue
        kind = memory.kind(found.index)
        days = max(0, now - int(memory.times[found.index])) // DAY_MICROS
        when = "" if days == 0 else " yesterday" if days == 1 else f" {days} days ago"
        text = f"{LEADS[kind]}{when}: {memory.text(found.index)}"
        number = int(memory.numbers[found.index])
        value = WEIGHT.get(kind, 1.0) * (BASE * found.relevance + GAIN * max(0.0, found.relevance - noise))
        pieces.append(
            piece(
                f"memory:{number}", "memory", text, min(MOST_VALUE, value), f"{kind}, relevance {found.relevance:.2f}"
            )
        )
    return pieces

"""The numbers and names of a conversation in a few words, for a budget that its turns don't fit.

A turn that is left out takes its numbers with it, and those can't be made up again. They are listed with the word that
says what they count, those said lately, often, or at the start (where a problem is usually stated) first.
"""

import re
from collections.abc import Sequence

from agents.context.memory.words import COMMON
from agents.context.state import Turn

MARK = re.compile(
    r"(?P<number>[$€£]?\d+(?:[.,/:]\d+)*(?:%|\s?[ap]m\b)?)(?:\s(?P<unit>[a-z]{2,12})\b)?"
    r"|(?<=[a-z,;] )(?P<name>[A-Z][a-z]{2,})"
)
# Of the turns, the newest are looked at, and the first.
MOST_TURNS = 24
LEAD = "Said: "
DECAY = 0.85
FIRST_TURN_WORTH = 0.6
# Tokens that a piece may take: all of a tiny room, a smaller share of a larger one.
OVERHEAD = 4
FEW_TOKENS, ROOM_SHARE = 20, 0.35
FEWEST_CHARS, MOST_CHARS = 22, 240
CHARS_A_TOKEN = 3.2
VALUES = (0.97, 0.6, 0.35)


def pieces(turns: Sequence[Turn], text: str, room: int) -> list[tuple[str, float]]:
    """(Text, value) of up to three pieces, for a message `text` and `room` tokens; oldest turn first in `turns`."""
    worth: dict[str, float] = {}
    shown: dict[str, str] = {}
    looked_at = turns if len(turns) <= MOST_TURNS else (turns[0], *turns[-MOST_TURNS:])
    for age, turn in enumerate(reversed(looked_at)):
        weight = DECAY**age + (FIRST_TURN_WORTH if turn is turns[0] else 0.0)
        for said in (turn.reply, turn.message):
            for match in MARK.finditer(said):
                name = match["number"] or match["name"]
                worth[name] = worth.get(name, 0.0) + weight
                unit = match["unit"]
                if unit and unit not in COMMON:
                    shown.setdefault(name, f"{name} {unit}")
    # What the message says itself is before the provider anyway.
    for match in MARK.finditer(text):
        worth.pop(match["number"] or match["name"], None)
    chars = min(
        MOST_CHARS, max(FEWEST_CHARS, int(min(room - OVERHEAD, FEW_TOKENS + ROOM_SHARE * room) * CHARS_A_TOKEN))
    )
    found: list[tuple[str, float]] = []
    listed: list[str] = []
    ranked = sorted(worth, key=lambda name: (-worth[name], name))
    for name in ranked:
        one = shown.get(name, name)
        if listed and len(LEAD) + sum(len(other) + 2 for other in listed) + len(one) > chars:
            found.append((LEAD + ", ".join(listed), VALUES[len(found)]))
            listed = []
            if len(found) == len(VALUES):
                return found
        listed.append(one)
    if listed:
        found.append((LEAD + ", ".join(listed), VALUES[len(found)]))
    return found

"""What a learner puts down when the right answer does not come."""

import re
from random import Random

from config.curriculum import Item

_NUMBER = re.compile(r"\d+")


def wrong(item: Item, draw: Random) -> str:
    """A wrong answer near the right one: one of its numbers is off; a question mark where it has none."""
    numbers = list(_NUMBER.finditer(item.answer))
    if not numbers:
        return "?"
    chosen = draw.choice(numbers)
    off = int(chosen.group()) + draw.choice((1, 2, 10))
    answer = item.answer[: chosen.start()] + str(off) + item.answer[chosen.end() :]
    return answer if not item.is_right(answer) else "?"

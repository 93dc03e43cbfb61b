"""A worker reads the messages of all its learners one after another: no text may hold it for long.

The texts are ten times as long as what is taken, so that a pattern whose steps grow with the square of the length runs
into the time-out of the test; one that looks at each place once is through in a moment.
"""

from collections.abc import Callable

import pytest

from agents.context import attacks, condense, mask, tasks
from agents.context.memory import extract

LENGTH = 80_000
# Each held the worker for seconds at the 8,000 signs that a message may have.
TEXTS = (
    "a" * LENGTH + ".b",
    "a " * (LENGTH // 2) + ".b",
    "1" * LENGTH + "x@ .1",
    "a" * LENGTH + "@",
    "<" + " " * LENGTH,
    "<system " * (LENGTH // 8),
    "\n" * LENGTH,
    "\n" + " " * LENGTH,
    "I'll " * (LENGTH // 5),
    "i got " * (LENGTH // 6),
    "next time " * (LENGTH // 10),
    "forget that " + "!" * LENGTH + "a",
    "Mr. " * (LENGTH // 4),
)
READERS: dict[str, Callable[[str], object]] = {
    "condense": lambda text: condense.condense(text, 400),
    "mask": mask.mask,
    "is_attack": attacks.is_attack,
    "items": lambda text: extract.items(1, 0, text, text),
    "forgotten": extract.forgotten,
    "task": tasks.default().task,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:6]))
def test_a_long_text_is_read_in_one_go(reader: str, text: str) -> None:
    READERS[reader](text)

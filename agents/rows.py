"""How a stage's logic reads what it stored beside a learner's state."""

from collections.abc import Callable

Rows = Callable[[bytes], bytes | None]
"""One of the learner's rows by its name; `None` where there is none."""


def no_rows(name: bytes) -> bytes | None:
    """The rows of a learner who has none."""
    return None

"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`missing` is something that masterx can't do its work without, `absent` something that it can; `open` lets in, or
    shows to somebody, what it should not."""

    ok = "ok"
    absent = "absent"
    missing = "missing"
    open = "open"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what was found of it (version, address) or what is wrong, and the command that mends it."""

    part: str
    state: State
    detail: str
    mend: str = ""

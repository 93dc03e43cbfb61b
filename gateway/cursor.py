"""Where a learner's stream was left: the partition, and the next offset of each topic that it is made of."""

import re
from dataclasses import dataclass, replace

SHAPE = re.compile(r"(\d{1,6})-(\d{1,18})-(\d{1,18})")
RESPONSE, INTERVENTION = 0, 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything before these offsets has been sent."""

    partition: int
    response: int
    intervention: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.response}-{self.intervention}"

    def next(self, kind: int) -> int:
        """The next offset of the topic that `kind` stands for."""
        return self.response if kind == RESPONSE else self.intervention

    def past(self, kind: int, offset: int) -> "Cursor":
        """The cursor once the record at `offset` is sent too."""
        return self.at(kind, offset + 1)

    def at(self, kind: int, offset: int) -> "Cursor":
        """The cursor with `offset` as the next one of the topic that `kind` stands for."""
        return replace(self, response=offset) if kind == RESPONSE else replace(self, intervention=offset)


def parse(text: str) -> Cursor | None:
    """The cursor in `text`; None where it is none."""
    found = SHAPE.fullmatch(text)
    return Cursor(int(found[1]), int(found[2]), int(found[3])) if found else None

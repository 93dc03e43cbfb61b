"""What goes wrong between us and ClickHouse.

SinkError                   one line for people: what is wrong, what to do
├── ClickHouseAway          nothing answers there, or it answers that it can't serve now
└── ClickHouseRefusal       it answers and says no: wrong password, no such table
BadRows                     the records that can't be rows; all the others were written
"""

from collections.abc import Sequence

from pipeline.delivery.record import Record


class SinkError(Exception):
    """One line for people: what is wrong with ClickHouse and what to do about it."""


class ClickHouseAway(SinkError):
    """Nothing answers, or it answers that it can't serve now. Later it may."""


class ClickHouseRefusal(SinkError):
    """ClickHouse answers and says no, and will until someone changes something. `code` is ClickHouse's own."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class BadRows(Exception):
    """Records that can't be rows, each with a reason and a line on what is wrong. All the others were written."""

    def __init__(self, refused: Sequence[tuple[Record, str, str]]) -> None:
        super().__init__(f"{len(refused)} rows could not be inserted; the first: {refused[0][2]}")
        self.refused = refused

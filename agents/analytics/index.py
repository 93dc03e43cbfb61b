"""Which windows a tenant has at one start, as one small value: of a kind, so many as an app can't make it too large."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from agents.analytics.measures import OTHERS
from agents.analytics.window import WindowId

MOST_DIMENSIONS = 2_000
MOST_BYTES = 200_000
"""Of the rows of one kind. Apps name courses, concepts and items: three kinds stay well below a broker's limit."""


class Index:
    """The windows by the keys that they are stored under. `changed`: since it was read."""

    def __init__(self, rows: Iterable[Iterable[Any]] = ()) -> None:
        self.windows: dict[bytes, WindowId] = {}
        self.changed = False
        self._room: dict[str, list[int]] = {}
        for row in rows:
            self._put(WindowId(*row))

    def place(self, which: WindowId) -> WindowId:
        """`which`, in the index from now on, or the window of its kind's `OTHERS` where there is no more room.

        It only grows, so records that come again after a crash, in their order, are counted where they were.
        """
        if which.entry() not in self.windows:
            windows, size = self._room.get(which.kind, (0, 0))
            if windows >= MOST_DIMENSIONS or size + len(which.entry()) > MOST_BYTES:
                which = replace(which, dimension=OTHERS)
            if which.entry() not in self.windows:
                self._put(which)
                self.changed = True
        return which

    def _put(self, which: WindowId) -> None:
        key = which.entry()
        self.windows[key] = which
        room = self._room.setdefault(which.kind, [0, 0])
        room[0] += 1
        room[1] += len(key)

    def dumps(self) -> bytes:
        """The index as bytes."""
        return orjson.dumps([which.row() for which in self.windows.values()])

    @classmethod
    def loads(cls, value: bytes | None) -> "Index":
        """The index in `value`; an empty one for none."""
        return cls(orjson.loads(value or b"[]"))

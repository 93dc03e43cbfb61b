"""Learners' rows as they were decoded last, so that a message finds its learner's row ready.

A session that opens, a learner who types, an attempt (by the profile that follows from it) and a reply all read the
row, and so warm it for the message to come. What is kept is used only where the stored bytes are the same still: a row
that another worker wrote meanwhile is read anew.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping

from agents.context.memory.recall import numbers
from agents.context.state import ContextState
from agents.rows import Rows, no_rows

MOST_BYTES = 32 * 2**20


class WarmStates:
    """Rows by learner, `most_bytes` at most of what is stored of them; the one used longest ago makes room.

    `counts`: `hit` and `miss`, of rows that are not empty.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[bytes, tuple[bytes, ContextState, int]] = OrderedDict()
        self._most = most_bytes
        self._bytes = 0
        self.counts: Counter[str] = Counter()

    def loads(self, key: bytes, value: bytes | None, rows: Rows = no_rows) -> ContextState:
        """The state in `value`, stored for `key` with `rows` beside it. Raises `StateError`."""
        if not value:
            return ContextState()
        kept = self._kept.get(key)
        if kept is not None and kept[0] == value:
            self._kept.move_to_end(key)
            self.counts["hit"] += 1
            return kept[1]
        self.counts["miss"] += 1
        state = ContextState.loads(value, rows)
        self._keep(key, value, state)
        return state

    def dumps(self, key: bytes, state: ContextState) -> tuple[bytes, Mapping[bytes, bytes | None]]:
        """The state as bytes and the rows to store beside it; kept for the next who asks."""
        state, value, rows = state.stored()
        self._keep(key, value, state)
        return value, rows

    def warm(self, state: ContextState) -> None:
        """Work out ahead what every message asks of the memory."""
        if len(state.memory):
            _ = state.memory.lowered
            numbers(state.memory)

    def forget(self, key: bytes) -> None:
        """Keep nothing of this learner."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept[2]

    def _keep(self, key: bytes, value: bytes, state: ContextState) -> None:
        self.forget(key)
        size = len(value) + state.apart.memory.size
        if size > self._most:
            return
        self._kept[key] = (value, state, size)
        self._bytes += size
        while self._bytes > self._most:
            _, (_, _, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

"""HTTP sessions: one statement at a time, forgotten when idle, with a handle of their own once they hold state."""

import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from local.clickhouse.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.clickhouse.engine import Handle


@dataclass(slots=True)
class Session:
    """`handle` is set once a statement changed the session's state."""

    expires: float = 0.0
    busy: bool = False
    handle: "Handle | None" = None


class Sessions:
    """All sessions of the interface; safe to use from several threads."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    @contextmanager
    def use(self, session_id: str, seconds: int, must_exist: bool) -> "Iterator[Session]":
        """The session, locked. Raises `ClickHouseError` when it is in use, or unknown but `must_exist`."""
        expired: list[Handle] = []
        with self._lock:
            now = time.monotonic()
            for name in [name for name, s in self._sessions.items() if s.expires < now and not s.busy]:
                handle = self._sessions.pop(name).handle
                if handle is not None:
                    expired.append(handle)
            session = self._sessions.get(session_id)
            if session is None:
                if must_exist:
                    raise refusal(372, "SESSION_NOT_FOUND", f"Session {session_id} not found")
                session = self._sessions[session_id] = Session()
            if session.busy:
                raise refusal(373, "SESSION_IS_LOCKED", f"Session {session_id} is locked by a concurrent client")
            session.busy = True
        try:
            for handle in expired:
                handle.close()
            yield session
        finally:
            session.busy = False
            session.expires = time.monotonic() + seconds

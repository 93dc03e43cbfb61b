"""One open stream: what waits to be sent on it, bounded."""

import asyncio
from collections import deque
from typing import Any

from gateway.cursor import Cursor
from gateway.frames import is_shown
from gateway.recent import Kept
from schemas.token_frames import TokenFrame

Frame = dict[str, Any]


class Subscriber:
    """Takes frames for one stream. When more than `most` wait, the client is too slow: `lost` is set for good."""

    __slots__ = ("_arrived", "_most", "_sequence", "_waiting", "cursor", "lost", "session", "staff")

    def __init__(self, *, staff: bool, session: str | None, most: int, cursor: Cursor) -> None:
        self.staff, self.session, self.cursor = staff, session, cursor
        self.lost = asyncio.Event()
        self._most = most
        self._sequence = 0
        self._waiting: deque[Kept | Frame] = deque()
        self._arrived = asyncio.Event()

    def take(self, kept: Kept) -> None:
        """A record of the learner's topics."""
        self._push(kept)

    def take_tokens(self, frame: TokenFrame) -> None:
        """Pieces of a reply; pieces that follow each other are made one frame."""
        if self.session is not None and frame.session_id != self.session:
            return
        last = self._waiting[-1] if self._waiting else None
        if (
            isinstance(last, dict)
            and (last.get("response_id"), last.get("try")) == (frame.response_id, frame.attempt)
            and last["piece"] + last["pieces"] == frame.seq
        ):
            last["pieces"] += frame.pieces
            last["text"] += frame.text
            return
        self._push(
            {
                "type": "token",
                "message_id": frame.message_id,
                "response_id": frame.response_id,
                "session_id": frame.session_id,
                "try": frame.attempt,
                "piece": frame.seq,
                "pieces": frame.pieces,
                "text": frame.text,
            }
        )

    def about_itself(self, frame: Frame) -> Frame:
        """A frame about the stream, to be sent now."""
        self._sequence += 1
        return {"seq": self._sequence, **frame}

    def passed(self, kept: Kept) -> list[Frame]:
        """A record to be sent now, the cursor moved past it: one frame, or none where it has been sent or is hidden."""
        if kept.offset < self.cursor.next(kept.kind):
            return []
        self.cursor = self.cursor.past(kept.kind, kept.offset)
        if not is_shown(kept.body, staff=self.staff, session=self.session):
            return []
        return [self.about_itself({**kept.body, "cursor": str(self.cursor)})]

    async def arrived(self) -> None:
        """Return once something waits, or the client turned out to be too slow."""
        await self._arrived.wait()

    @property
    def only_tokens(self) -> bool:
        """Whether all that waits is pieces of replies."""
        return all(isinstance(frame, dict) and frame["type"] == "token" for frame in self._waiting)

    def drain(self) -> list[Frame]:
        """All that waits, numbered; the cursor goes along. A record that the cursor is past already is left out."""
        self._arrived.clear()
        found: list[Frame] = []
        while self._waiting:
            waiting = self._waiting.popleft()
            found += [self.about_itself(waiting)] if isinstance(waiting, dict) else self.passed(waiting)
        return found

    def _push(self, waiting: Kept | Frame) -> None:
        if self.lost.is_set():
            return
        if len(self._waiting) >= self._most:
            self.lost.set()
            self._waiting.clear()
        else:
            self._waiting.append(waiting)
        self._arrived.set()

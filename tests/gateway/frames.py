"""Records as streams have them."""

from typing import Any

from gateway.cursor import RESPONSE
from gateway.recent import Kept
from schemas.token_frames import TokenFrame


def kept(offset: int, key: bytes = b"s/ada", kind: int = RESPONSE, size: int = 100, **body: Any) -> Kept:
    return Kept(key, kind, 0, offset, 0, {"type": "response", "session_id": None, "n": offset, **body}, size)


def token(seq: int, text: str, attempt: int = 1, session: str | None = None) -> TokenFrame:
    return TokenFrame("m", "r", session, attempt, seq, 1, text)

"""A reply's tokens on their way ahead of it, from routing to the gateway: channel names and frames.

They are a courtesy: what is missing of them is in the response, so a frame holds no more than a screen needs.
"""

from dataclasses import dataclass

import orjson

PREFIX = "masterx.tokens/"


class FrameError(ValueError):
    """The bytes are no token frame."""


@dataclass(frozen=True, slots=True)
class TokenFrame:
    """`pieces` pieces of a reply as one text, the first of them number `seq` (from 0) of try `attempt` (from 1).

    A piece that is an empty text at sequence 0 voids what came of earlier tries.
    """

    message_id: str
    response_id: str
    session_id: str | None
    attempt: int
    seq: int
    pieces: int
    text: str


def channel(key: bytes) -> str:
    """The channel of the learner with this Kafka key."""
    return PREFIX + key.decode()


def key_of(name: str) -> bytes:
    """The learner's Kafka key that a channel belongs to."""
    return name.removeprefix(PREFIX).encode()


def dumps(frame: TokenFrame) -> bytes:
    """`frame` as it is published."""
    return orjson.dumps(frame)


def loads(payload: bytes) -> TokenFrame:
    """The frame that `payload` holds. Raises `FrameError`."""
    try:
        frame = TokenFrame(**orjson.loads(payload))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise FrameError(f"no token frame: {error}") from error
    numbers, texts = (frame.attempt, frame.seq, frame.pieces), (frame.message_id, frame.response_id, frame.text)
    if {type(each) for each in numbers} != {int} or {type(each) for each in (*texts, frame.session_id or "")} != {str}:
        raise FrameError("no token frame: a field is of another type")
    return frame

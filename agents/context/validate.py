"""What is refused of what apps send, and what is let through.

A concept that the curriculum does not know is kept as it is: curricula differ from course to course, and what is
learned of an unknown concept is learned as of a new one. Only an empty or over-long concept is refused.
"""

import unicodedata

from config.settings import Settings
from schemas.codec import Event
from schemas.ids import MAX_ID_CHARS

MAX_CONCEPTS = 32
MICROS = 1_000_000
LAST_MICROS = 253_402_300_800 * MICROS - 1
"""The end of the year 9999: no date can say what lies behind it."""


class InvalidEventError(ValueError):
    """The event is well-formed, but what it says can't be. `reason` is a short word for a header."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def check(message: Event, settings: Settings, now_micros: int) -> None:
    """Raises `InvalidEventError` for a LearnerMessage that can't be answered. `now_micros` is the time, UTC."""
    _check_envelope(message, settings, now_micros)
    text = message["text"]
    if len(text) > settings.max_text_chars:
        raise InvalidEventError("text_too_long", f"{len(text)} characters; at most {settings.max_text_chars} are taken")
    if not _visible(text):
        raise InvalidEventError("text_empty", "the message's text is empty")
    if len(message["concepts"]) > MAX_CONCEPTS:
        raise InvalidEventError("concepts", f"{len(message['concepts'])} concepts; at most {MAX_CONCEPTS} are taken")
    for concept in message["concepts"]:
        _check_name("concept", concept)


def check_attempt(attempt: Event, settings: Settings, now_micros: int) -> None:
    """Raises `InvalidEventError` for an Attempt that can't be counted."""
    _check_envelope(attempt, settings, now_micros)
    _check_name("concept", attempt["concept_id"])
    _check_name("item", attempt["item_id"])
    if attempt["duration_ms"] is not None and attempt["duration_ms"] < 0:
        raise InvalidEventError("duration", f"duration_ms is {attempt['duration_ms']}; it can't be below 0")
    if attempt["hints_used"] < 0:
        raise InvalidEventError("hints", f"hints_used is {attempt['hints_used']}; it can't be below 0")
    _check_length("answer", attempt["answer"], settings)


def check_feedback(feedback: Event, settings: Settings, now_micros: int) -> None:
    """Raises `InvalidEventError` for a Feedback that can't be counted."""
    _check_envelope(feedback, settings, now_micros)
    if feedback["rating"] is not None and not 1 <= feedback["rating"] <= 5:
        raise InvalidEventError("rating", f"rating is {feedback['rating']}; it goes from 1 to 5")
    _check_length("comment", feedback["comment"], settings)


def check_signal(signal: Event, settings: Settings, now_micros: int) -> None:
    """Raises `InvalidEventError` for a Signal that can't be placed."""
    _check_envelope(signal, settings, now_micros)


def check_erasure(erasure: Event, settings: Settings, now_micros: int) -> None:
    """Raises `InvalidEventError` for an Erasure that names nobody."""
    _check_envelope(erasure, settings, now_micros)


def _check_envelope(event: Event, settings: Settings, now_micros: int) -> None:
    for field in ("tenant_id", "learner_id"):
        value = event[field]
        if not value.strip():
            raise InvalidEventError(field, f"{field} is empty")
        if "/" in value or not value.isprintable():
            raise InvalidEventError(field, f"{field} may hold neither '/' nor control characters: {value[:64]!r}")
        if len(value) > MAX_ID_CHARS:
            raise InvalidEventError(field, f"{field} has {len(value)} characters; at most {MAX_ID_CHARS} are taken")
    if event["course_id"] is not None:
        _check_name("course", event["course_id"])
    if not 0 <= event["sent_at"] <= LAST_MICROS:
        raise InvalidEventError(
            "sent_at", f"sent_at is {event['sent_at']}: give microseconds since 1970, UTC, up to the year 9999"
        )
    ahead = (event["sent_at"] - now_micros) / MICROS
    if ahead > settings.max_future_seconds:
        raise InvalidEventError(
            "future_clock", f"sent_at lies {ahead:.0f} s ahead; at most {settings.max_future_seconds:.0f} s are taken"
        )


def _check_name(what: str, value: str) -> None:
    if not value.strip():
        raise InvalidEventError(what, f"the {what}'s id is empty")
    if len(value) > MAX_ID_CHARS:
        raise InvalidEventError(what, f"the {what}'s id has {len(value)} characters; at most {MAX_ID_CHARS} are taken")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise InvalidEventError(what, f"the {what}'s id may hold no control characters: {value[:64]!r}")


def _check_length(field: str, text: str | None, settings: Settings) -> None:
    if text is not None and len(text) > settings.max_text_chars:
        raise InvalidEventError(
            "text_too_long", f"{field} has {len(text)} characters; at most {settings.max_text_chars} are taken"
        )


def _visible(text: str) -> bool:
    """Whether anything of the text could be seen: zero-width and control characters could not."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)

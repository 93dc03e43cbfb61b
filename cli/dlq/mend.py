"""A refused record with some of its fields put right."""

from typing import Any

import orjson

from cli.dlq.letters import Letter
from cli.dlq.resend import Again
from cli.exits import BAD_INPUT, Failure
from schemas.codec import DecodeError, Event, decode, encode, from_fields
from schemas.ids import learner_key


def fields_of(letter: Letter) -> Event | None:
    """The letter's fields as far as they can be read and shown: a whole event, or what its JSON holds; else None."""
    try:
        return decode(letter.topic.event, letter.value, origin=letter.first)
    except DecodeError:
        pass
    try:
        raw = orjson.loads(letter.value or b"")
        orjson.dumps(raw)  # it reads values nested deeper than it writes
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return raw if isinstance(raw, dict) else None


def mend(letter: Letter, changes: dict[str, Any], removed: tuple[str, ...] = ()) -> Again:
    """The letter with `changes` made, as a whole event under its learner's key. Raises `Failure`.

    Bytes that can't be read at all are replaced by `changes` alone.
    """
    letter.require_value()
    given = {**(fields_of(letter) or {}), **changes}
    for name in removed:
        given.pop(name, None)
    name = letter.topic.event
    try:
        event = from_fields(name, given, letter.first)
    except DecodeError as error:
        raise Failure(
            BAD_INPUT, f"still not a valid {name}: {error}; --set FIELD=VALUE sets a field, --remove drops one"
        ) from error
    key = learner_key(event["tenant_id"], event["learner_id"]) if "learner_id" in event else letter.key
    return Again(letter, key, encode(name, event))

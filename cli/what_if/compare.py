"""What differs between two events of one identity, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from schemas.codec import Event, decode, encode

# What all partitions learned is added up as it comes in, and in another order the last digits are others.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one event. `kind` is the schema's name, `id` the event's; `was` is before the change, `now` after.

    `path` names the field, such as `emotion.states.confused`; it is empty where the whole event is only on one side,
    and the other side is None.
    """

    kind: str
    id: str
    path: str
    was: Any
    now: Any


def settled(kind: str, event: Event) -> Event:
    """The event as a reader of its topic has it: encoded and decoded. Raises `EncodeError` where it does not fit."""
    return decode(kind, encode(kind, event))


def compare(kind: str, id_: str, was: Event | None, now: Event | None) -> Iterator[Difference]:
    """Every field in which the two differ; real numbers have to be equal to nine digits."""
    if was is None or now is None:
        if was is not now:
            yield Difference(kind, id_, "", was, now)
        return
    for path, one, other in _differing("", was, now):
        yield Difference(kind, id_, path, one, other)


def _differing(path: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in (*was, *(name for name in now if name not in was)):
            yield from _differing(f"{path}.{name}" if path else str(name), was.get(name), now.get(name))
    elif isinstance(was, list) and isinstance(now, list):
        if len(was) != len(now):
            yield path, was, now
            return
        for place, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _differing(f"{path}[{place}]", one, other)
    elif isinstance(was, float) and isinstance(now, float) and isclose(was, now, rel_tol=SAME, abs_tol=SAME * SAME):
        return
    elif was != now:
        yield path, was, now

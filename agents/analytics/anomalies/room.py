"""Who leaves when there are too many series (of the tenant that takes most room, the one silent longest), and who may
open one more incident."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

import orjson

Key = TypeVar("Key", bound=tuple[str, ...])


OPEN = 60
"""Incidents, or alarms of items, at once."""
SHARE = 0.25


def may_open(opened: Iterable[str], tenant: str) -> bool:
    """Whether `tenant` may have one more open; `opened`: whose those are that are ("" for the whole system's).

    A tenant may have a quarter of what is free (dynamic thresholds: Choudhury & Hahne, IEEE/ACM Transactions on
    Networking 6(2), 1998): alone it comes to 12 of 60, and few that are noisy keep no other from its first.
    """
    whose = list(opened)
    return whose.count(tenant) < (OPEN - len(whose)) * SHARE


def size(key: tuple[str, ...]) -> int:
    """Bytes of a series' names as they are stored."""
    return len(orjson.dumps(key))


def crowded_out(
    last: Mapping[Key, int], tenant: Callable[[Key], str], most: int, most_bytes: int, kept: Collection[Key] = ()
) -> list[Key]:
    """Which series leave so that at most `most` stay, and their names have at most `most_bytes`; none of `kept`.

    `last`: the minute that each was seen in last. Names that one tenant's app makes up push out no other tenant's.
    """
    series, total = len(last), sum(map(size, last))
    if series <= most and total <= most_bytes:
        return []
    rooms: dict[str, int] = {}
    queues: dict[str, list[Key]] = {}
    for key in sorted(last, key=lambda one: last[one], reverse=True):
        if key not in kept:
            rooms[tenant(key)] = rooms.get(tenant(key), 0) + size(key)
            queues.setdefault(tenant(key), []).append(key)
    gone: list[Key] = []
    while queues and (series > most or total > most_bytes):
        whose = max(queues, key=lambda name: (rooms[name], name))
        key = queues[whose].pop()
        if not queues[whose]:
            del queues[whose]
        gone.append(key)
        rooms[whose] -= size(key)
        series, total = series - 1, total - size(key)
    return gone

"""Which sums are forgotten where apps name more than a record has room for."""

from collections.abc import Mapping
from typing import NamedTuple


class Room(NamedTuple):
    """What a table of sums may take: so many keys, and of them so many bytes."""

    keys: int
    size: int


def rarest(table: Mapping[str, list[float]], room: Room) -> list[str]:
    """The keys to forget so that the rest fits: those with the smallest counts, which stand first in the sums."""
    if len(table) <= room.keys and sum(len(key.encode()) for key in table) <= room.size:
        return []
    by_count = sorted(table, key=lambda key: table[key][0], reverse=True)
    size = 0
    for place, key in enumerate(by_count):
        size += len(key.encode())
        if place >= room.keys or size > room.size:
            return by_count[place:]
    return []

"""A store in memory, for what is tested of the cache's logic; the one on Redis has tests of its own."""

from collections.abc import Mapping, Sequence


class MemoryStore:
    """A `ReplyStore`."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, bytes]] = {}
        self.texts: dict[str, str] = {}
        self.away = False
        self.asked = 0

    async def heads(self, places: Sequence[str]) -> Sequence[Mapping[str, bytes]]:
        self.asked += 1
        return () if self.away else [self.places.get(place, {}) for place in places]

    async def text(self, entry_id: str) -> str | None:
        return self.texts.get(entry_id)

    async def keep(self, places: Sequence[str], entry_id: str, head: bytes, text: str, seconds: int) -> None:
        for place in places:
            self.places.setdefault(place, {})[entry_id] = head
        self.texts[entry_id] = text

    async def close(self) -> None:
        pass

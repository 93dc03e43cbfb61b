"""A store in memory, for what is tested of the cache's logic; the one on Redis has tests of its own."""

from collections.abc import Sequence


class MemoryStore:
    """A `ReplyStore`."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False
        self.asked = 0

    async def get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        self.asked += 1
        return () if self.away else [self.kept.get(key) for key in keys]

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        self.kept[key] = value

    async def drop(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.kept.pop(key, None)

    async def close(self) -> None:
        pass

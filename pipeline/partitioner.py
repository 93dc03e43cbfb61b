"""Where a key goes."""

from collections.abc import Callable
from functools import lru_cache

from aiokafka.partitioner import murmur2


def partitioner(partitions: int) -> Callable[[bytes], int]:
    """Where a key goes among so many partitions: murmur2, as Java's client has it."""

    @lru_cache(maxsize=100_000)
    def partition_of(key: bytes) -> int:
        return int((murmur2(key) & 0x7FFFFFFF) % partitions)

    return partition_of

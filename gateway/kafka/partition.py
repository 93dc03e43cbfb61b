"""Which partition a key belongs to, as every other client has it."""

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, count: int) -> int:
    """The partition of `key` among `count`."""
    return int((murmur2(key) & 0x7FFFFFFF) % count)

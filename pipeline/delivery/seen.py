"""The ids of a key's last inputs, kept in the same value as its state, so that nothing counts twice."""

from hashlib import blake2b

VERSION = 1
DIGEST_BYTES = 8


class CorruptStateError(ValueError):
    """A stored value is not one that this module wrote."""


def digest(topic: str, identity: str) -> bytes:
    """Eight bytes that stand for input `identity` of `topic`."""
    return blake2b(f"{topic}\0{identity}".encode(), digest_size=DIGEST_BYTES).digest()


def pack(ring: bytes, state: bytes) -> bytes:
    """The stored value: version, number of ids, the ids oldest first, then the stage's state."""
    return bytes((VERSION,)) + (len(ring) // DIGEST_BYTES).to_bytes(2, "big") + ring + state


def unpack(value: bytes | None) -> tuple[bytes, bytes | None]:
    """The ring and the state of a stored value; an empty ring and `None` where there is none.

    Raises `CorruptStateError`.
    """
    if value is None:
        return b"", None
    if len(value) < 3 or value[0] != VERSION:
        raise CorruptStateError(f"a stored value starts with {value[:3].hex()}, not with version {VERSION}")
    end = 3 + int.from_bytes(value[1:3], "big") * DIGEST_BYTES
    if len(value) < end:
        raise CorruptStateError("a stored value ends within its ids")
    return value[3:end], value[end:]


def contains(ring: bytes, mark: bytes) -> bool:
    """Whether `mark` is among the ids of `ring`."""
    at = ring.find(mark)
    while at != -1:
        if at % DIGEST_BYTES == 0:
            return True
        at = ring.find(mark, at + 1)
    return False


def add(ring: bytes, mark: bytes, most: int) -> bytes:
    """`ring` with `mark` added, its oldest ids dropped beyond `most`."""
    return (ring + mark)[-most * DIGEST_BYTES :]


def remove(ring: bytes, mark: bytes) -> bytes:
    """`ring` without `mark`."""
    marks = (ring[at : at + DIGEST_BYTES] for at in range(0, len(ring), DIGEST_BYTES))
    return b"".join(each for each in marks if each != mark)

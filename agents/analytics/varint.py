"""Whole numbers as bytes, seven bits a byte, lowest first (the Protocol Buffers encoding)."""

from collections.abc import Iterator


def put(out: bytearray, number: int) -> None:
    """Append `number`, which is 0 or more."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def numbers(data: bytes) -> Iterator[int]:
    """The numbers in `data`. Raises `ValueError` where the last one is cut off."""
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("a number is cut off")


def zigzag(number: int) -> int:
    """0, -1, 1, -2, … as 0, 1, 2, 3, …"""
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number: int) -> int:
    """The other way round."""
    return number >> 1 if not number & 1 else -((number + 1) >> 1)

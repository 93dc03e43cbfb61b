"""Content encodings of requests and answers."""

import gzip
import zlib
from collections.abc import Callable

import lz4.frame  # type: ignore[import-untyped]
from backports import zstd

from local.clickhouse.errors import refusal

# Below this an answer is sent as it is.
_SMALLEST_COMPRESSED = 1024


def _unlz4(data: bytes) -> bytes:
    # Clients send a frame for each block; the library's own function stops after the first.
    blocks: list[bytes] = []
    while data:
        decompressor = lz4.frame.LZ4FrameDecompressor()
        blocks.append(decompressor.decompress(data))
        if not decompressor.eof:
            raise ValueError("the last frame is cut short")
        data = decompressor.unused_data or b""
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return zlib.decompress(data, -zlib.MAX_WBITS)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": _inflate,
    "lz4": _unlz4,
    "zstd": zstd.decompress,
}
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "zstd": lambda data: zstd.compress(data, 1),
    "gzip": lambda data: gzip.compress(data, 1),
    "deflate": lambda data: zlib.compress(data, 1),
}


def decode(data: bytes, encoding: str) -> bytes:
    """A request's body without its `Content-Encoding`. Raises `ClickHouseError`."""
    if encoding in ("", "identity"):
        return data
    decoder = _DECODERS.get(encoding)
    if decoder is None:
        raise refusal(48, "NOT_IMPLEMENTED", f"Content-Encoding '{encoding}' is not supported here")
    try:
        return decoder(data)
    except Exception as error:
        raise refusal(354, "ZLIB_INFLATE_FAILED", f"Cannot decompress the body as {encoding}: {error}") from error


def encode(data: bytes, accepted: str) -> tuple[bytes, str]:
    """An answer's body and its encoding: the cheapest of the `accepted` ones, empty for none."""
    if not accepted or len(data) < _SMALLEST_COMPRESSED:
        return data, ""
    names = {part.split(";")[0].strip() for part in accepted.split(",")}
    for name, encoder in _ENCODERS.items():
        if name in names:
            return encoder(data), name
    return data, ""

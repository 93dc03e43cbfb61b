import gzip
import zlib

import lz4.frame  # type: ignore[import-untyped]
import pytest
from backports import zstd

from local.clickhouse.encodings import decode, encode
from local.clickhouse.errors import ClickHouseError

COMPRESS = {"gzip": gzip.compress, "deflate": zlib.compress, "lz4": lz4.frame.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", ["gzip", "lz4", "zstd"])
def test_several_frames_are_one_body(encoding: str) -> None:
    compress = COMPRESS[encoding]
    assert decode(compress(b"first ") + compress(b"second ") + compress(b"third"), encoding) == b"first second third"


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_a_body_that_was_cut_is_refused(encoding: str) -> None:
    whole = COMPRESS[encoding](bytes(range(256)) * 40)
    for damaged in (whole[:-3], b"not compressed"):
        with pytest.raises(ClickHouseError) as caught:
            decode(damaged, encoding)
        assert caught.value.code == 354


def test_an_encoding_that_is_unknown_is_refused() -> None:
    with pytest.raises(ClickHouseError, match="Content-Encoding 'br' is not supported here"):
        decode(b"", "br")


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_answers_come_back_from_the_encoding_that_was_accepted(encoding: str) -> None:
    body, used = encode(b"x" * 5000, f"br;q=1, {encoding};q=0.5")
    assert used == encoding
    assert len(body) < 5000
    assert decode(body, encoding) == b"x" * 5000


@pytest.mark.parametrize(("body", "accepted"), [(b"short", "gzip"), (b"x" * 5000, ""), (b"x" * 5000, "br")])
def test_answers_stay_as_they_are(body: bytes, accepted: str) -> None:
    assert encode(body, accepted) == (body, "")

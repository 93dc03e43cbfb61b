"""The text encoder that ships in the package: an ONNX graph with seven-bit weights, run by ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from agents.onnx_session import session

MAX_TOKENS = 48
TAIL_TOKENS = 16
MAX_CALL = 32


def window(ids: list[int]) -> list[int]:
    """At most `MAX_TOKENS` of a text's token ids: its beginning, its end, and the marks that open and close it."""
    if len(ids) <= MAX_TOKENS:
        return ids
    return ids[: MAX_TOKENS - TAIL_TOKENS] + ids[-TAIL_TOKENS:]


class EncoderModel:
    """Normalised texts to log-odds. One thread per call; calls from several threads may run at once."""

    def __init__(self, graph: bytes, tokenizer: Tokenizer) -> None:
        self._session = session(graph)
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path) -> "EncoderModel":
        """Read `encoder.onnx` and `tokenizer.json` from `folder`. Raises `OSError` when one is missing."""
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls((folder / "encoder.onnx").read_bytes(), tokenizer)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Log-odds of shape (texts, labels); texts of like length share a call, so that little of it is padding."""
        if len(texts) == 1:
            return self._call([window(self._tokenizer.encode(texts[0]).ids)])
        rows = [window(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        parts = [order[at : at + MAX_CALL] for at in range(0, len(order), MAX_CALL)]
        found = np.concatenate([self._call([rows[at] for at in part]) for part in parts])
        out = np.empty_like(found)
        out[order] = found
        return out

    def _call(self, rows: list[list[int]]) -> NDArray[np.float32]:
        widest = max(len(row) for row in rows)
        ids = np.zeros((len(rows), widest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        out: NDArray[np.float32] = self._session.run(["logits"], {"ids": ids, "mask": mask})[0]
        return out

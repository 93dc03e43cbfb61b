"""Hashed word and character n-grams with a linear model on top: the fallback and the baseline of the encoder."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import mmh3
import numpy as np
from numpy.typing import NDArray

from agents.emotion.normalise import normalise

_WORD = re.compile(r"\w+|[^\w\s]+")
HEAD_CHARS = 600
TAIL_CHARS = 200


def buckets(text: str, count: int) -> Counter[int]:
    """How often each bucket of `count` is hit by the text's words (1 and 2) and characters (2 to 4 within words)."""
    text = normalise(text).lower()
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = f"{text[:HEAD_CHARS]} {text[-TAIL_CHARS:]}"
    words = _WORD.findall(text)
    grams = [f"w{word}" for word in words]
    grams += [f"w{first} {second}" for first, second in pairwise(words)]
    for word in words:
        padded = f" {word} "
        for size in (2, 3, 4):
            grams += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return Counter(mmh3.hash(gram, 7, signed=False) % count for gram in grams)


class LinearModel:
    """One logistic regression per label over hashed n-grams; NumPy only.

    Arrays: `weights` int8 (buckets, labels) with `scale` per label, `idf` per bucket, `bias` per label.
    """

    def __init__(
        self,
        weights: NDArray[np.int8],
        scale: NDArray[np.float32],
        idf: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> None:
        self._weights, self._scale, self._idf, self._bias = weights, scale, idf, bias

    @classmethod
    def load(cls, path: Path) -> "LinearModel":
        """Read the arrays from an `.npz` file. Raises `OSError` or `KeyError` when it is not one."""
        with np.load(path) as arrays:
            return cls(
                arrays["weights"],
                arrays["scale"].astype(np.float32),
                arrays["idf"].astype(np.float32),
                arrays["bias"].astype(np.float32),
            )

    def logits(self, text: str) -> NDArray[np.float32]:
        """Log-odds of every label for one text."""
        counts = buckets(text, len(self._idf))
        if not counts:
            return self._bias.copy()
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self._idf[at]
        norm = float(np.sqrt(values @ values))
        if norm > 0:
            values /= norm
        out: NDArray[np.float32] = (values @ self._weights[at].astype(np.float32)) * self._scale + self._bias
        return out

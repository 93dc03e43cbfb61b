"""Sentences as vectors, by a small model that runs in the process. See `artefact/about.md` for what it is."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from agents.onnx_session import session

ARTEFACT = Path(__file__).parent / "artefact"
WIDTH = 384
MOST_TOKENS = 48

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns sentences into vectors whose dot product says how alike their meanings are."""

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """Shape (texts, 384), each row of length 1. None where there is no time for it now."""
        ...


class SentenceEncoder:
    """The ONNX model at `model` with the tokenizer at `tokenizer`, on one thread. Of a text it reads `most` tokens."""

    def __init__(self, model: Path, tokenizer: Path, most: int = MOST_TOKENS) -> None:
        self._session = session(str(model))
        self._inputs = [wanted.name for wanted in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(most)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        # One by one: the tokenizer's own batches wake a pool of threads, which costs more than it saves here.
        rows = [self._tokenizer.encode(text).ids for text in texts]
        mask = np.zeros((len(rows), max(map(len, rows))), np.int64)
        ids = np.zeros_like(mask)
        for index, row in enumerate(rows):
            mask[index, : len(row)] = 1
            ids[index, : len(row)] = row
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (hidden * weights).sum(1) / weights.sum(1)
        vectors: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


class Rationed:
    """An encoder that may take up to `share` of the time that passes, and declines when it has had that.

    A model call takes milliseconds: at thousands of messages a second, meaning is looked up for some of them, and for
    the others memory is searched by letter. `burst` seconds may be used at once. `clock` counts seconds.
    """

    def __init__(
        self, inner: Encoder, share: float = 0.1, burst: float = 0.5, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._inner, self._share, self._burst, self._clock = inner, share, burst, clock
        self._left = burst
        self._at = clock()

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """See `Encoder`."""
        began = self._clock()
        self._left = min(self._burst, self._left + self._share * (began - self._at))
        self._at = began
        if self._left <= 0:
            return None
        vectors = self._inner.encode(texts)
        self._left -= self._clock() - began
        return vectors


class OutOfTime:
    """An encoder that never has time."""

    def encode(self, texts: Sequence[str]) -> None:
        """See `Encoder`."""


@lru_cache(maxsize=1)
def default() -> Encoder | None:
    """The encoder that comes with the package, loaded once and rationed; None where its files are not installed."""
    model, tokenizer = ARTEFACT / "encoder.onnx", ARTEFACT / "tokenizer.json"
    if not (model.exists() and tokenizer.exists()):
        return None
    return Rationed(SentenceEncoder(model, tokenizer))


def unrationed(most: int = MOST_TOKENS) -> SentenceEncoder:
    """The encoder that comes with the package, for measurements. Raises what a missing file raises."""
    return SentenceEncoder(ARTEFACT / "encoder.onnx", ARTEFACT / "tokenizer.json", most)

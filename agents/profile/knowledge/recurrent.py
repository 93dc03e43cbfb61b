"""The recurrent member: a small GRU over features and, where trained with them, concept embeddings.

Inference only, in numpy. With `x` the standardised features, `e` the mean embedding of the
concepts, `h` the learner's hidden state and `s = ±1` the outcome:

    z = relu(x·Wx + e·We + h·Wh + b)         logit = z·wz + x·wx + c
    u = tanh(x·Ux + e·Ue + d)                g = [u, s·u, s]·Wi + bi
    r, k = σ(g_r + h·W_r), σ(g_k + h·W_k)    n = tanh(g_n + r·(h·W_n + b_n))    h' = (1−k)·n + k·h

(Cho et al., Learning phrase representations using RNN encoder-decoder, 2014.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

ARRAYS = ("Wx", "We", "Wh", "b", "wz", "wx", "c", "Ux", "Ue", "d", "Wi", "bi", "Wg", "bn")


@dataclass(frozen=True)
class Recurrent:
    """Weights for inference. Shapes: features F, embedding E, head M, input U, hidden H.

    `head` (F+E+H, M), `drive` (F+E, U), `inner` (2U+1, 3H), `gates` (H, 3H); embeddings are float32 rows by
    name, and a name without a row counts as zeros.
    """

    head: Array
    head_bias: Array
    out: Array
    skip: Array
    offset: float
    drive: Array
    drive_bias: Array
    inner: Array
    inner_bias: Array
    gates: Array
    candidate_bias: Array
    concepts: Mapping[str, Array]

    @property
    def hidden_size(self) -> int:
        return int(self.gates.shape[0])

    @property
    def embedding_size(self) -> int:
        return int(self.drive.shape[0] - self.skip.shape[0])

    def start(self) -> Array:
        return np.zeros(self.hidden_size, np.float32)

    def embedding(self, concepts: tuple[str, ...]) -> Array:
        """Mean of the concepts' rows; zeros for a concept that was not trained."""
        total = np.zeros(self.embedding_size, np.float32)
        for name in concepts:
            row = self.concepts.get(name)
            if row is not None:
                total += row
        if len(concepts) > 1:
            total /= len(concepts)
        return total

    def logit(self, features: Array, embedding: Array, hidden: Array) -> float:
        """Log-odds that the coming attempt is right. `features` (F,) standardised."""
        seen = np.concatenate((features, embedding, hidden))
        z = np.maximum(seen @ self.head + self.head_bias, 0.0)
        return float(z @ self.out + features @ self.skip) + self.offset

    def step(self, features: Array, embedding: Array, hidden: Array, correct: bool) -> Array:
        """The hidden state after the answer; a new array."""
        # Worked in place: at this size numpy's allocations cost as much as its arithmetic.
        seen = np.concatenate((features, embedding)) if len(embedding) else features
        u = seen @ self.drive
        u += self.drive_bias
        np.tanh(u, out=u)
        size, width = hidden.shape[0], u.shape[0]
        told = np.empty(2 * width + 1, np.float32)
        told[:width] = u
        if correct:
            told[width:-1] = u
            told[-1] = 1.0
        else:
            np.negative(u, out=told[width:-1])
            told[-1] = -1.0
        given = told @ self.inner
        given += self.inner_bias
        own = hidden @ self.gates
        both = given[: 2 * size]
        both += own[: 2 * size]
        np.negative(both, out=both)
        np.exp(both, out=both)
        both += 1.0
        np.reciprocal(both, out=both)
        candidate = own[2 * size :]
        candidate += self.candidate_bias
        candidate *= both[:size]
        candidate += given[2 * size :]
        np.tanh(candidate, out=candidate)
        after: Array = hidden - candidate
        after *= both[size:]
        after += candidate
        return after


def from_arrays(arrays: Mapping[str, Any], concepts: Mapping[str, Array]) -> Recurrent:
    """Build from the arrays that training yields, named as in the formulas above (`ARRAYS`)."""
    a = {name: np.asarray(arrays[name], np.float32) for name in ARRAYS}
    return Recurrent(
        head=np.concatenate((a["Wx"], a["We"], a["Wh"])),
        head_bias=a["b"],
        out=a["wz"],
        skip=a["wx"],
        offset=float(a["c"]),
        drive=np.concatenate((a["Ux"], a["Ue"])),
        drive_bias=a["d"],
        inner=a["Wi"],
        inner_bias=a["bi"],
        gates=a["Wg"],
        candidate_bias=a["bn"],
        concepts=concepts,
    )

"""The recurrent member: a small GRU over features and, where trained with them, concept embeddings.

Inference only, in numpy. With `x` the standardised features, `e` the mean embedding of the
concepts, `h` the learner's hidden state and `s = ±1` the outcome:

    z = relu(x·Wx + e·We + h·Wh + b)         logit = z·wz + x·wx + c
    u = tanh(x·Ux + e·Ue + d)                g = [u, s·u, s]·Wi + bi
    r, k = σ(g_r + h·W_r), σ(g_k + h·W_k)    n = tanh(g_n + r·(h·W_n + b_n))    h' = (1−k)·n + k·h

(Cho et al., Learning phrase representations using RNN encoder-decoder, 2014.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

ARRAYS = ("Wx", "We", "Wh", "b", "wz", "wx", "c", "Ux", "Ue", "d", "Wi", "bi", "Wg", "bn")


@dataclass(slots=True)
class Looked:
    """What `Recurrent.look` found: the log-odds of a right answer, and what `Recurrent.move` needs again."""

    logit: float
    hidden: Array
    drive: Array
    own: Array


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
    # The same weights put together so that an event takes three products: of the features, of the hidden state, and
    # of the input once the answer is known. As σ(x) = (1 + tanh(x/2)) / 2, gates are kept halved.
    _seen: Array = field(init=False, repr=False, compare=False)
    _seen_bias: Array = field(init=False, repr=False, compare=False)
    _own: Array = field(init=False, repr=False, compare=False)
    _own_bias: Array = field(init=False, repr=False, compare=False)
    _told: tuple[tuple[Array, Array], tuple[Array, Array]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        size, inputs, width = self.gates.shape[0], self.drive.shape[0], self.drive.shape[1]
        skip = np.zeros((inputs, 1), np.float32)
        skip[: len(self.skip), 0] = self.skip
        offset = np.array([self.offset], np.float32)
        halved = np.full(3 * size, 0.5, np.float32)
        own_bias = np.concatenate((np.zeros(2 * size, np.float32), self.candidate_bias))
        made = {
            "_seen": np.hstack((self.head[:inputs], self.drive, skip)),
            "_seen_bias": np.concatenate((self.head_bias, self.drive_bias, offset)),
            "_own": np.hstack((self.head[inputs:], self.gates * halved)),
            "_own_bias": np.concatenate((np.zeros(self.head.shape[1], np.float32), own_bias * halved)),
        }
        halved[2 * size :] = 1.0
        told = []
        for sign in (-1.0, 1.0):
            weights = (self.inner[:width] + np.float32(sign) * self.inner[width:-1]) * halved
            told.append((weights, (self.inner_bias + np.float32(sign) * self.inner[-1]) * halved))
        for name, array in made.items():
            object.__setattr__(self, name, np.ascontiguousarray(array, np.float32))
        object.__setattr__(self, "_told", tuple(told))

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

    def look(self, features: Array, concepts: tuple[str, ...], hidden: Array) -> Looked:
        """What is expected of the coming attempt. `features` (F,) standardised. Changes nothing."""
        # Worked in place: at this size numpy's allocations cost as much as its arithmetic.
        seen = features
        if self.drive.shape[0] > features.shape[0]:
            seen = np.concatenate((features, self.embedding(concepts)))
        heads = self.head_bias.shape[0]
        given = seen @ self._seen
        given += self._seen_bias
        own = hidden @ self._own
        own += self._own_bias
        z = given[:heads]
        z += own[:heads]
        np.maximum(z, _ZERO, out=z)
        return Looked(float(z @ self.out) + float(given[-1]), hidden, given[heads:-1], own[heads:])

    def move(self, looked: Looked, correct: bool) -> Array:
        """The hidden state after the answer to what `look` saw; a new array. Uses `looked` up."""
        hidden, own = looked.hidden, looked.own
        size = hidden.shape[0]
        weights, bias = self._told[correct]
        given = np.tanh(looked.drive, out=looked.drive) @ weights
        given += bias
        both = given[: 2 * size]
        both += own[: 2 * size]
        np.tanh(both, out=both)
        both += _ONE
        candidate = own[2 * size :]
        candidate *= both[:size]
        candidate += given[2 * size :]
        np.tanh(candidate, out=candidate)
        after: Array = hidden - candidate
        after *= both[size:]
        after *= _HALF
        after += candidate
        return after


_ZERO, _HALF, _ONE = (np.array(value, np.float32) for value in (0.0, 0.5, 1.0))


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

"""Trains the linear n-gram model: one balanced logistic regression a label, by averaged stochastic descent."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from agents.emotion.ngrams import buckets


def features(texts: Sequence[str], count: int) -> csr_matrix:
    """Sublinear term counts of shape (rows, buckets), without the inverse document frequency."""
    indices: list[int] = []
    values: list[float] = []
    ends = [0]
    for text in texts:
        counts = buckets(text, count)
        indices += counts.keys()
        values += counts.values()
        ends.append(len(indices))
    data = 1 + np.log(np.array(values, dtype=np.float32))
    return csr_matrix((data, np.array(indices), np.array(ends)), shape=(len(texts), count))


def weighted(counts: csr_matrix, idf: NDArray[np.float32]) -> csr_matrix:
    """Rows times `idf`, then to unit length."""
    out = counts.multiply(idf[None, :]).tocsr()
    norm = np.sqrt(np.asarray(out.multiply(out).sum(1)).ravel())
    out.data /= np.repeat(np.maximum(norm, 1e-12), np.diff(out.indptr))
    return out


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write the arrays of `LinearModel`, compressed."""
    np.savez_compressed(path, weights=arrays["weights"], scale=arrays["scale"], idf=arrays["idf"], bias=arrays["bias"])


def train(
    texts: Sequence[str], labels: NDArray[np.float32], count: int = 2**16, alpha: float = 3e-5, seed: int = 0
) -> dict[str, NDArray[np.generic]]:
    """The arrays of `LinearModel`."""
    counts = features(texts, count)
    seen = np.bincount(counts.indices, minlength=count)
    idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    matrix = weighted(counts, idf)
    weights = np.zeros((count, labels.shape[1]), dtype=np.float32)
    bias = np.zeros(labels.shape[1], dtype=np.float32)
    for column in range(labels.shape[1]):
        model = SGDClassifier(
            loss="log_loss",
            alpha=alpha,
            max_iter=12,
            tol=None,
            average=True,
            class_weight="balanced",
            random_state=seed,
        )
        model.fit(matrix, labels[:, column] > 0)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    scale = np.abs(weights).max(0) / 127
    return {
        "weights": np.round(weights / scale).astype(np.int8),
        "scale": scale,
        "idf": idf.astype(np.float16),
        "bias": bias,
    }

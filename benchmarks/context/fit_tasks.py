"""Fits the task model on the examples and writes its weights: `python -m benchmarks.context.fit_tasks`."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from agents.context import encoder, tasks
from agents.context.encoder import Vectors
from agents.context.tasks import TASKS, TaskModel

DECAY = 1e-3
Matrix = npt.NDArray[np.float64]


def fit(examples: Sequence[tuple[str, str]], vectors: Vectors) -> tuple[list[str], Matrix, Matrix]:
    """Feature names and both sets of weights. `vectors` are the texts', shape (examples, 384)."""
    rows = [tasks.features(text) for _, text in examples]
    columns = sorted({name for row in rows for name in row})
    place = {name: index for index, name in enumerate(columns)}
    given = np.zeros((len(rows), len(columns) + 1))
    given[:, -1] = 1
    for index, row in enumerate(rows):
        for name, weight in row.items():
            given[index, place[name]] = weight
    wanted = np.zeros((len(rows), len(TASKS)))
    wanted[np.arange(len(rows)), [TASKS.index(task) for task, _ in examples]] = 1
    words_only = _regression(given, wanted, len(columns))
    both = np.hstack([given, vectors * tasks.VECTOR_WEIGHT])
    return columns, words_only, _regression(both, wanted, len(columns))


def model(examples: Sequence[tuple[str, str]], vectors: Vectors) -> TaskModel:
    """The fitted model."""
    return TaskModel(*fit(examples, vectors))


def _regression(given: Matrix, wanted: Matrix, constant: int) -> Matrix:
    """Multinomial logistic regression with a squared penalty on all weights but the constant's."""
    shape = (given.shape[1], wanted.shape[1])
    decay = np.full((shape[0], 1), DECAY)
    decay[constant] = 0

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(shape)
        logits = given @ weights
        logits -= logits.max(1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        gradient = given.T @ (np.exp(logs) - wanted) / len(given) + decay * weights
        value = -(logs * wanted).sum() / len(given) + 0.5 * float((decay * weights**2).sum())
        return value, gradient.ravel()

    found: Matrix = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B").x
    return found.reshape(shape)


def main() -> None:
    """Fit on all examples and write the file."""
    examples = tasks.examples()
    columns, words_only, with_vector = fit(examples, encoder.unrationed().encode([text for _, text in examples]))
    np.savez_compressed(
        tasks.WEIGHTS,
        columns=np.array(columns),
        words_only=words_only.astype(np.float32),
        with_vector=with_vector.astype(np.float32),
    )


if __name__ == "__main__":
    main()

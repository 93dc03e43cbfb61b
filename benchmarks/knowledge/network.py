"""Trains the recurrent member in JAX on the CPU: truncated back-propagation over batches of learners."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Sizes and rates. `tokens`: attempts in a batch; `window`: steps that gradients reach back at most;
    `averaging`: decay of the running mean of the weights, which is what is kept."""

    hidden: int = 48
    head: int = 64
    drive: int = 48
    embedding: int = 16
    dropout: float = 0.25
    rate: float = 4e-3
    decay: float = 1e-4
    concept_decay: float = 0.02
    epochs: int = 8
    least_updates: int = 500
    tokens: int = 2048
    window: int = 128
    averaging: float = 0.995
    seed: int = 0


MEMBERS = (Settings(),)
SHORT_WINDOW = 32


@dataclass(frozen=True)
class Sequence:
    """One learner: `features` (T, F) standardised, `concepts` (T, C) padded with -1, `outcomes` (T,)
    in {0, 1}."""

    features: Floats
    concepts: Ints
    outcomes: Floats


def initial(settings: Settings, features: int, rows: int) -> Parameters:
    rng = np.random.default_rng(settings.seed)

    def dense(rows: int, columns: int, gain: float = 1.0) -> Floats:
        drawn: Floats = (rng.normal(size=(rows, columns)) * gain / np.sqrt(max(rows, 1))).astype(np.float32)
        return drawn

    h, m, u, e = settings.hidden, settings.head, settings.drive, settings.embedding
    return {
        "Wx": dense(features, m),
        "We": dense(e, m),
        "Wh": dense(h, m),
        "b": np.zeros(m, np.float32),
        "wz": dense(m, 1, 0.3)[:, 0],
        "wx": np.zeros(features, np.float32),
        "c": np.float32(0.5),
        "Ux": dense(features, u, 0.7),
        "Ue": dense(e, u),
        "d": np.zeros(u, np.float32),
        "Wi": dense(2 * u + 1, 3 * h),
        "bi": np.zeros(3 * h, np.float32),
        "Wg": dense(h, 3 * h, 0.8),
        "bn": np.zeros(h, np.float32),
        "concepts": (rng.normal(size=(rows, e)) * 0.3).astype(np.float32),
    }


def _forward(
    p: Parameters,
    hidden: Any,
    features: Any,
    concepts: Any,
    outcomes: Any,
    keep: Any,
) -> tuple[Any, Any]:
    """Logits (B, T) and the last hidden state (B, H)."""
    present = (concepts >= 0)[..., None].astype(jnp.float32)
    rows = p["concepts"][concepts] * present
    embedding = rows.sum(2) / jnp.maximum(present.sum(2), 1.0)
    u = jnp.tanh(features @ p["Ux"] + embedding @ p["Ue"] + p["d"])
    sign = (2.0 * outcomes - 1.0)[..., None]
    given = jnp.concatenate((u, sign * u, sign), -1) @ p["Wi"] + p["bi"]
    size = hidden.shape[-1]

    def step(h: Any, g: Any) -> tuple[Any, Any]:
        o = h @ p["Wg"]
        both = jax.nn.sigmoid(g[:, : 2 * size] + o[:, : 2 * size])
        candidate = jnp.tanh(g[:, 2 * size :] + both[:, :size] * (o[:, 2 * size :] + p["bn"]))
        k = both[:, size:]
        return candidate + k * (h - candidate), h

    last, before = jax.lax.scan(step, hidden, jnp.swapaxes(given, 0, 1))
    before = jnp.swapaxes(before, 0, 1) * keep["hidden"]
    z = jax.nn.relu(features @ p["Wx"] + embedding @ p["We"] + before @ p["Wh"] + p["b"]) * keep["head"]
    return z @ p["wz"] + features @ p["wx"] + p["c"], last


def _no_dropout() -> dict[str, Any]:
    return {"hidden": 1.0, "head": 1.0}


@partial(jax.jit, static_argnames=("dropout",))
def _gradients(p: Parameters, hidden: Any, batch: Any, key: Any, dropout: float) -> Any:
    features, concepts, outcomes, mask = batch
    keys = jax.random.split(key, 2)
    shape = features.shape[:2]
    live = 1.0 - dropout
    keep = {
        "hidden": jax.random.bernoulli(keys[0], live, (*shape, hidden.shape[-1])) / live,
        "head": jax.random.bernoulli(keys[1], live, (*shape, p["b"].shape[0])) / live,
    }

    def loss(q: Parameters) -> tuple[Any, Any]:
        logits, last = _forward(q, hidden, features, concepts, outcomes, keep)
        each = jnp.logaddexp(0.0, logits) - outcomes * logits
        return (each * mask).sum() / jnp.maximum(mask.sum(), 1.0), last

    (value, last), gradients = jax.value_and_grad(loss, has_aux=True)(p)
    return value, last, gradients


@jax.jit  # type: ignore[untyped-decorator]
def _adam(p: Parameters, m: Any, v: Any, g: Any, average: Any, count: Any, rate: Any, decays: Any, beta: Any) -> Any:
    norm = jnp.sqrt(sum(jnp.sum(x * x) for x in jax.tree.leaves(g)))
    scale = jnp.minimum(1.0, 1.0 / (norm + 1e-9))
    new_p, new_m, new_v, new_a = {}, {}, {}, {}
    for name, value in p.items():
        grad = g[name] * scale
        new_m[name] = 0.9 * m[name] + 0.1 * grad
        new_v[name] = 0.99 * v[name] + 0.01 * grad * grad
        step = (new_m[name] / (1 - 0.9**count)) / (jnp.sqrt(new_v[name] / (1 - 0.99**count)) + 1e-7)
        new_p[name] = value - rate * (step + decays[name] * value)
        new_a[name] = beta * average[name] + (1 - beta) * new_p[name]
    return new_p, new_m, new_v, new_a


def _windows(length: int, window: int) -> int:
    return SHORT_WINDOW if length <= SHORT_WINDOW < window else window


def _batches(sequences: list[Sequence], settings: Settings, rng: np.random.Generator | None) -> Iterator[list[int]]:
    """Learners of like length together, so that little of a window is padding."""
    lengths = np.array([len(s.outcomes) for s in sequences], np.float64)
    jitter = np.zeros(len(lengths)) if rng is None else rng.uniform(-0.1, 0.1, len(lengths))
    order = np.argsort(np.log(lengths + 1.0) + jitter, kind="stable")
    by_window: dict[int, list[int]] = {}
    for i in order:
        by_window.setdefault(_windows(int(lengths[i]), settings.window), []).append(int(i))
    groups: list[list[int]] = []
    for window, members in by_window.items():
        size = max(settings.tokens // window, 4)
        groups += [members[at : at + size] for at in range(0, len(members), size)]
    if rng is not None:
        rng.shuffle(groups)
    yield from groups


def _pieces(sequences: list[Sequence], group: list[int], settings: Settings) -> Iterator[tuple[int, Any]]:
    longest = max(len(sequences[i].outcomes) for i in group)
    window = _windows(longest, settings.window)
    rows = max(settings.tokens // window, 4)
    f = sequences[group[0]].features.shape[1]
    c = sequences[group[0]].concepts.shape[1]
    for start in range(0, longest, window):
        features = np.zeros((rows, window, f), np.float32)
        concepts = np.full((rows, window, c), -1, np.int32)
        outcomes = np.zeros((rows, window), np.float32)
        mask = np.zeros((rows, window), np.float32)
        for row, i in enumerate(group):
            s = sequences[i]
            n = min(len(s.outcomes) - start, window)
            if n <= 0:
                continue
            part = slice(start, start + n)
            features[row, :n] = s.features[part]
            concepts[row, :n] = s.concepts[part]
            outcomes[row, :n] = s.outcomes[part]
            mask[row, :n] = 1.0
        yield start, (features, concepts, outcomes, mask)


_evaluate = jax.jit(lambda p, h, b: _forward(p, h, b[0], b[1], b[2], _no_dropout()))


def logits(parameters: Parameters, sequences: list[Sequence], settings: Settings) -> list[Floats]:
    """Log-odds (T,) for each sequence, each from the answers before it."""
    result = [np.zeros(len(s.outcomes), np.float32) for s in sequences]
    for group in _batches(sequences, settings, None):
        hidden: Any = None
        for start, batch in _pieces(sequences, group, settings):
            if hidden is None:
                hidden = jnp.zeros((batch[0].shape[0], settings.hidden), jnp.float32)
            out, hidden = _evaluate(parameters, hidden, batch)
            values = np.asarray(out)
            for row, i in enumerate(group):
                n = min(len(sequences[i].outcomes) - start, values.shape[1])
                if n > 0:
                    result[i][start : start + n] = values[row, :n]
    return result


def padded_rows(concepts: int) -> int:
    """Rows of the concept table: a power of two, so that folds share one compilation."""
    rows = 16
    while rows < concepts + 1:
        rows *= 2
    return rows


def train(sequences: list[Sequence], rows: int, settings: Settings) -> Iterator[tuple[int, dict[str, Floats]]]:
    """Yields (epoch, averaged parameters) after each epoch. `rows`: of the concept table."""
    features = sequences[0].features.shape[1]
    p: Parameters = {k: jnp.asarray(v) for k, v in initial(settings, features, rows).items()}
    decays = dict.fromkeys(p, settings.decay)
    decays["concepts"] = settings.concept_decay
    m = {k: jnp.zeros_like(v) for k, v in p.items()}
    v = {k: jnp.zeros_like(v) for k, v in p.items()}
    average = dict(p)
    rng = np.random.default_rng(settings.seed + 1)
    key = jax.random.PRNGKey(settings.seed)
    tokens = sum(len(s.outcomes) for s in sequences)
    epochs = min(max(settings.epochs, -(-settings.least_updates * settings.tokens // max(tokens, 1))), 40)
    count = done = 0
    for epoch in range(epochs):
        for group in _batches(sequences, settings, rng):
            hidden: Any = None
            for _, batch in _pieces(sequences, group, settings):
                if hidden is None:
                    hidden = jnp.zeros((batch[0].shape[0], settings.hidden), jnp.float32)
                key, sub = jax.random.split(key)
                _, hidden, gradients = _gradients(p, hidden, batch, sub, settings.dropout)
                count += 1
                done += int(batch[3].sum())
                progress = min(done / max(epochs * tokens, 1), 1.0)
                warm = min(count / 100.0, 1.0)
                rate = settings.rate * warm * (0.02 + 0.98 * 0.5 * (1.0 + np.cos(np.pi * progress)))
                beta = min(settings.averaging, 1.0 - 1.0 / (count + 1.0))
                p, m, v, average = _adam(p, m, v, gradients, average, float(count), rate, decays, beta)
        yield epoch, {k: np.asarray(value) for k, value in average.items()}

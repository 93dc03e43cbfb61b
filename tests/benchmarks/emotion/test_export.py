from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents import onnx_session
from agents.onnx_session import InferenceSession
from benchmarks.emotion import export

Floats = NDArray[np.float32]
WIDTH, INNER, WORDS, LABELS, HEADS = 24, 48, 30, 5, 2


def weights(layers: int = 2) -> dict[str, Floats]:
    random = np.random.default_rng(0)

    def some(*shape: int) -> Floats:
        return (random.normal(size=shape) * 0.3).astype(np.float32)

    state = {
        "words.weight": some(WORDS, WIDTH),
        "positions.weight": some(16, WIDTH),
        "head.weight": some(LABELS, 2 * WIDTH),
        "head.bias": some(LABELS),
    }
    norms = ["embedded"]
    for number in range(layers):
        at = f"layers.{number}."
        for name, outputs, inputs in (
            ("qkv", 3 * WIDTH, WIDTH),
            ("out", WIDTH, WIDTH),
            ("up", INNER, WIDTH),
            ("down", WIDTH, INNER),
        ):
            state |= {f"{at}{name}.weight": some(outputs, inputs), f"{at}{name}.bias": some(outputs)}
        norms += [f"{at}attended", f"{at}fed"]
    for name in norms:
        state |= {f"{name}.weight": 1 + some(WIDTH), f"{name}.bias": some(WIDTH)}
    return state


def normed(x: Floats, state: Mapping[str, Floats], name: str) -> Floats:
    centred = x - x.mean(-1, keepdims=True)
    out: Floats = centred / np.sqrt((centred**2).mean(-1, keepdims=True)) * state[f"{name}.weight"]
    return out + state[f"{name}.bias"]


def plainly(state: Mapping[str, Floats], ids: NDArray[np.int64], seen: dict[str, list[Floats]]) -> Floats:
    """The same encoder in NumPy, for one text; what enters each linear layer is noted in `seen`."""
    from math import erf

    gelu = np.vectorize(lambda value: 0.5 * value * (1 + erf(value / np.sqrt(2))))

    def linear(x: Floats, name: str) -> Floats:
        seen.setdefault(name, []).append(x)
        out: Floats = x @ state[f"{name}.weight"].T + state[f"{name}.bias"]
        return out

    hidden = normed(state["words.weight"][ids] + state["positions.weight"][: len(ids)], state, "embedded")
    for number in range(2):
        at = f"layers.{number}."
        query, key, value = np.split(linear(hidden, f"{at}qkv"), 3, axis=-1)
        mixed = []
        for q, k, v in zip(*(np.split(part, HEADS, axis=-1) for part in (query, key, value)), strict=True):
            scores = q @ k.T / np.sqrt(WIDTH // HEADS)
            chance = np.exp(scores - scores.max(-1, keepdims=True))
            mixed.append(chance / chance.sum(-1, keepdims=True) @ v)
        hidden = normed(hidden + linear(np.concatenate(mixed, -1), f"{at}out"), state, f"{at}attended")
        hidden = normed(hidden + linear(gelu(linear(hidden, f"{at}up")), f"{at}down"), state, f"{at}fed")
    pooled = np.concatenate([hidden.mean(0), hidden.max(0)])
    out: Floats = pooled @ state["head.weight"].T + state["head.bias"]
    return out


@pytest.fixture(scope="module")
def built() -> tuple[InferenceSession, list[NDArray[np.int64]], list[Floats]]:
    state = weights()
    random = np.random.default_rng(1)
    texts = [random.integers(1, WORDS, size=size) for size in (3, 7, 7, 12)]
    seen: dict[str, list[Floats]] = {}
    wanted = [plainly(state, ids, seen) for ids in texts]
    ranges = {name: (np.concatenate(parts).min(0), np.concatenate(parts).max(0)) for name, parts in seen.items()}
    graph = export.build(state, ranges, heads=HEADS, positions=16).SerializeToString()
    session = onnx_session.session(graph)
    return session, texts, wanted


def test_the_graph_computes_what_the_encoder_does(
    built: tuple[InferenceSession, list[NDArray[np.int64]], list[Floats]],
) -> None:
    session, texts, wanted = built
    for ids, logits in zip(texts, wanted, strict=True):
        feed = {"ids": ids[None], "mask": np.ones((1, len(ids)), np.int64)}
        assert session.run(None, feed)[0][0] == pytest.approx(logits, abs=0.15)


def test_padding_and_company_change_nothing(
    built: tuple[InferenceSession, list[NDArray[np.int64]], list[Floats]],
) -> None:
    session, texts, _ = built
    ids = np.zeros((len(texts), 12), np.int64)
    mask = np.zeros_like(ids)
    for at, text in enumerate(texts):
        ids[at, : len(text)], mask[at, : len(text)] = text, 1
    together = session.run(None, {"ids": ids, "mask": mask})[0]
    for at, text in enumerate(texts):
        alone = session.run(None, {"ids": text[None], "mask": np.ones((1, len(text)), np.int64)})[0][0]
        assert together[at] == pytest.approx(alone, abs=1e-3)


def test_the_file_is_the_graph(tmp_path: Path) -> None:
    state = weights()
    ranges = {
        name.removesuffix(".weight"): (np.full(array.shape[1], -3, np.float32), np.full(array.shape[1], 3, np.float32))
        for name, array in state.items()
        if name.startswith("layers.") and array.ndim == 2
    }
    export.write(tmp_path / "encoder.onnx", state, ranges)
    session = onnx_session.session(str(tmp_path / "encoder.onnx"))
    assert [entry.name for entry in session.get_inputs()] == ["ids", "mask"]

from pathlib import Path

import numpy as np

from agents.emotion.ngrams import LinearModel, buckets
from agents.emotion.scorer import ARTEFACT


def test_same_words_same_buckets_whatever_the_case() -> None:
    assert buckets("This is HARD", 1024) == buckets("this is hard", 1024)
    assert buckets("this is hard", 1024) != buckets("this is easy", 1024)


def test_nothing_gives_the_bias(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, weights=np.ones((8, 2), np.int8), scale=np.ones(2), idf=np.ones(8), bias=np.array([1.0, -1.0]))
    model = LinearModel.load(path)
    assert model.logits("").tolist() == [1.0, -1.0]
    assert model.logits("word")[0] > 1.0


def test_the_shipped_model_tells_thanks_from_anger() -> None:
    model = LinearModel.load(ARTEFACT / "linear.npz")
    thanks, anger = model.logits("thank you so much!"), model.logits("I hate this, fuck you")
    assert thanks[15] > anger[15]
    assert anger[2] > thanks[2]

import pytest

from agents.emotion.labels import EMOTIONS
from agents.emotion.norms import GLASGOW, valence_arousal_dominance


def test_every_label_but_neutral_has_norms() -> None:
    assert set(GLASGOW) == set(EMOTIONS) - {"neutral"}
    assert all(1 <= rating <= 9 for _, *ratings in GLASGOW.values() for rating in ratings)


def test_the_scale_runs_from_minus_one_to_one() -> None:
    valence, arousal, dominance = valence_arousal_dominance({"joy": 1.0})
    assert (valence, arousal, dominance) == pytest.approx(((8.571 - 5) / 4, (6.970 - 5) / 4, (6.273 - 5) / 4))


def test_neutral_draws_to_the_middle() -> None:
    alone = valence_arousal_dominance({"anger": 0.5})
    mixed = valence_arousal_dominance({"anger": 0.5, "neutral": 0.5})
    assert mixed == pytest.approx(tuple(value / 2 for value in alone))


def test_no_labels_is_the_middle() -> None:
    assert valence_arousal_dominance({}) == (0.0, 0.0, 0.0)

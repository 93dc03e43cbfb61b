import numpy as np
import pytest

from agents.profile.knowledge import Attempt, KnowledgeModel
from agents.profile.knowledge.features import FEATURE_NAMES, FEATURES, view
from agents.profile.knowledge.inputs import packed, unpacked
from tests.agents.profile.knowledge.learners import START, answers, full_weights, learn

MODEL = KnowledgeModel(full_weights())


def test_a_prediction_holds_what_it_was_made_from() -> None:
    state, shared, _ = learn(MODEL, answers("1101"))
    coming = Attempt("fractions-1", ("fractions",), True, START + 900)
    values = view(state, shared.total, coming.item, coming.concepts, coming.at).values
    inputs = unpacked(MODEL.predict(state, shared.total, coming.item, coming.concepts, coming.at).inputs)
    assert inputs == pytest.approx(dict(zip(FEATURE_NAMES, values, strict=True)), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("text", ["", "1", "2" + packed(np.zeros(FEATURES, np.float32))[1:], "1?"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unpacked(text)

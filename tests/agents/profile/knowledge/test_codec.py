import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.profile.knowledge import (
    Attempt,
    KnowledgeModel,
    dump_state,
    dump_statistics,
    load_state,
    load_statistics,
)
from agents.profile.knowledge.codec import BadState
from tests.agents.profile.knowledge.learners import START, answers, full_weights, learn, plain_weights

FULL = KnowledgeModel(full_weights())

attempts = st.lists(
    st.builds(
        Attempt,
        item=st.none() | st.text(max_size=8),
        concepts=st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True).map(tuple),
        correct=st.booleans(),
        at=st.none() | st.floats(0, 2e9),
        response_seconds=st.none() | st.floats(-5, 1e5),
        hints=st.none() | st.integers(0, 10),
        attempt_id=st.none() | st.text(max_size=4),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(attempts)
def test_a_state_comes_back_as_it_was(history: list[Attempt]) -> None:
    state, shared, _ = learn(FULL, history)
    raw = dump_state(state)
    back = load_state(raw)
    assert dump_state(back) == raw
    for item, concepts in (("x", ("y",)), (None, ())):
        here = FULL.predict(state, shared.total, item, concepts, 2e9)
        there = FULL.predict(back, shared.total, item, concepts, 2e9)
        assert there.p == pytest.approx(here.p, abs=1e-3)


def test_a_new_state_is_small() -> None:
    assert len(dump_state(FULL.new_state())) < 300


def test_the_largest_state_stays_below_16_kib() -> None:
    model = KnowledgeModel(plain_weights())
    history = [
        Attempt(f"item {k}", (f"a concept with a rather long name, number {k}",), True, START + k, attempt_id=str(k))
        for k in range(500)
    ]
    state, _, _ = learn(model, history)
    state.hidden = FULL.new_state().hidden.repeat(40)
    assert len(dump_state(state)) < 16 * 1024
    assert load_state(dump_state(state)).concept_bytes == state.concept_bytes


def test_statistics_come_back_exactly() -> None:
    _, shared, _ = learn(FULL, answers("110100"))
    assert load_statistics(dump_statistics(shared.own)) == shared.own


def test_other_versions_and_damage_are_refused() -> None:
    raw = dump_state(FULL.new_state())
    for bad in (b"", b"\xff" + raw[1:], raw[:-1], raw + b"\0"):
        with pytest.raises(BadState):
            load_state(bad)
    for bad in (b"", b"nonsense", dump_statistics(learn(FULL, [])[1].own)[:-4]):
        with pytest.raises(BadState):
            load_statistics(bad)

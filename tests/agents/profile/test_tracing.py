"""The knowledge model in the profile's hands, and when a concept is mastered or lost."""

import pytest

from agents.profile.concepts import Concept
from agents.profile.knowledge import Prediction
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.tracing import LOST, judge, trace
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt


def traced(outcomes: str) -> tuple[ProfileState, Shared, Concept, list[Prediction]]:
    """Attempts on fractions, one a minute: + is right, - is wrong."""
    state, shared = ProfileState(), Shared()
    concept = state.concepts.touch("fractions")
    expected = [
        trace(state, shared, attempt(one == "+", at=NOON + number * MINUTE), "fractions", concept)
        for number, one in enumerate(outcomes)
    ]
    return state, shared, concept, expected


def test_what_is_expected_was_expected_before_the_outcome() -> None:
    assert traced("+")[3][0].p == traced("-")[3][0].p
    assert traced("++")[3][1].p > traced("-+")[3][1].p


def test_outcomes_move_ability_and_the_concept_and_shrink_the_doubt() -> None:
    good, _, strong, _ = traced("++++++")
    bad, _, weak, _ = traced("------")
    assert good.ability > 0.0 > bad.ability
    assert strong.p > weak.p
    assert strong.known > weak.known
    assert good.ability_uncertainty < traced("+")[0].ability_uncertainty
    assert 0.0 < strong.uncertainty < 0.5


def test_an_attempt_counts_for_all_learners_once() -> None:
    _, shared, _, _ = traced("+-+")
    assert shared.difficulty_sums.own.total == [3.0, 2.0]
    assert shared.difficulty_sums.total.items["fractions-1"][:2] == [3.0, 2.0]


def test_the_state_is_kept_in_bytes_between_attempts() -> None:
    state, shared, concept, _ = traced("+++")
    forgotten = ProfileState()
    event = attempt(at=NOON + 5 * MINUTE)
    assert (
        trace(state, shared, event, "fractions", concept).p != trace(forgotten, shared, event, "fractions", Concept()).p
    )


@pytest.mark.parametrize(
    ("mastered", "known", "streak", "turn", "after"),
    [
        (0, 0.95, 4, 1, 1),
        (0, 0.95, 3, 0, 0),
        (0, 0.94, 9, 0, 0),
        (1, 0.91, -1, 0, 1),
        (1, 0.89, -1, -1, 0),
        (1, 0.89, 1, 0, 1),
    ],
)
def test_mastery_takes_knowledge_and_a_streak_and_is_lost_by_an_error_and_knowledge(
    mastered: int, known: float, streak: int, turn: int, after: int
) -> None:
    concept = Concept(mastered=mastered, known=known, streak=streak)
    assert judge(concept) == turn
    assert concept.mastered == after


def test_a_right_answer_after_a_long_pause_takes_no_mastery_away() -> None:
    state, shared, concept, _ = traced("++++++++")
    concept.streak = 8
    assert judge(concept) == 1
    trace(state, shared, attempt(at=NOON + 120 * DAY), "fractions", concept)
    assert concept.known < LOST
    assert (judge(concept), concept.mastered) == (0, 1)
    concept.streak = -1
    trace(state, shared, attempt(False, at=NOON + 120 * DAY + MINUTE), "fractions", concept)
    assert (judge(concept), concept.mastered) == (-1, 0)

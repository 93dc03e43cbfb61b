"""What learners know: chances follow level and difficulty, teaching follows fit and prerequisites."""

import pytest

from cli.demo.school.knowledge import GUESS, LOWEST, SLIP, Knowledge
from config.curriculum import Concept, Item, build

EASY = Item("a-1", "adding", "1 + 1?", "2", difficulty=-1.0)
HARD = Item("a-2", "adding", "17 + 38?", "55", difficulty=1.0)
CURRICULUM = build(
    "two steps",
    [
        Concept("adding", "Adding", items=(EASY, HARD)),
        Concept("multiplying", "Multiplying", requires=("adding",), items=(Item("m-1", "multiplying", "2 x 3?", "6"),)),
    ],
)


def knowing(adding: float, quickness: float = 1.0) -> Knowledge:
    return Knowledge(CURRICULUM, {"adding": adding, "multiplying": 0.0}, quickness)


def test_harder_items_are_less_likely_right() -> None:
    assert knowing(0.0).chance(EASY) > knowing(0.0).chance(HARD)


@pytest.mark.parametrize("level", [-50.0, 50.0])
def test_nobody_is_surer_than_guess_and_slip_allow(level: float) -> None:
    assert GUESS <= knowing(level).chance(EASY) <= 1.0 - SLIP


def test_a_concept_never_met_is_not_known() -> None:
    assert Knowledge(CURRICULUM, {}).level("adding") == LOWEST


def test_a_right_attempt_teaches_more_than_a_wrong_one() -> None:
    right, wrong = knowing(0.0), knowing(0.0)
    right.practised("adding", True)
    wrong.practised("adding", False)
    assert right.level("adding") > wrong.level("adding") > 0.0


def test_a_reply_teaches_by_how_well_it_fits() -> None:
    good, bad, none = knowing(0.0), knowing(0.0), knowing(0.0)
    good.taught("adding", 1.0)
    bad.taught("adding", 0.2)
    none.taught("adding", 0.0)
    assert good.level("adding") > bad.level("adding") > none.level("adding") == 0.0


def test_a_gap_below_makes_teaching_slow() -> None:
    firm, gap = knowing(1.0), knowing(-1.0)
    for learner in (firm, gap):
        learner.taught("multiplying", 1.0)
    assert firm.level("multiplying") > gap.level("multiplying")


def test_quick_learners_learn_more() -> None:
    quick, slow = knowing(0.0, 1.5), knowing(0.0, 0.5)
    for learner in (quick, slow):
        learner.taught("adding", 1.0)
    assert quick.level("adding") > slow.level("adding")

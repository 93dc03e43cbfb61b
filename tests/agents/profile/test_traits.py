"""Each trait is what its formula says."""

from math import cos, exp, pi

import pytest

from agents.profile import averages, traits
from agents.profile.averages import Sums
from agents.profile.traits import QUANTITIES, note_attempt, note_message, note_reply_worth
from tests.agents.profile.given import DAY


def named(sums: Sums) -> dict[str, traits.Trait]:
    return {trait["name"]: trait for trait in traits.traits(sums)}


def attempt(sums: Sums, correct: bool = False, expected: float = 0.5, streak: int = 0, at: int = 0) -> None:
    note_attempt(sums, correct=correct, expected=expected, streak=streak, taken=None, typical_log=None, at=at)


def test_without_evidence_no_trait_has_a_value() -> None:
    found = named(averages.zeros(QUANTITIES))
    assert len(found) == 12
    assert all(trait["value"] is None and trait["evidence"] == 0 for trait in found.values())


def test_pace_is_the_ratio_to_what_all_learners_take() -> None:
    sums = averages.zeros(QUANTITIES)
    for _ in range(50):
        note_attempt(sums, correct=True, expected=0.5, streak=0, taken=20.0, typical_log=2.0, at=0)
    pace = named(sums)["pace"]
    assert pace["value"] == pytest.approx(20.0 / exp(2.0))
    assert 0 < pace["uncertainty"] < 1
    assert pace["evidence"] > 40


def test_errors_are_told_apart() -> None:
    sums = averages.zeros(QUANTITIES)
    attempt(sums, expected=0.9)
    attempt(sums, expected=0.2, streak=-1)
    attempt(sums, expected=0.2, streak=-2)
    attempt(sums, correct=True, expected=0.9, streak=-3)
    found = named(sums)
    assert found["careless_errors"]["value"] == pytest.approx((1 + 1) / (3 + 2), abs=0.01)
    assert found["repeated_errors"]["value"] == pytest.approx((2 + 1) / (3 + 2), abs=0.01)
    assert found["hasty_errors"]["value"] is None


def test_uncertainty_shrinks_with_evidence() -> None:
    sums = averages.zeros(QUANTITIES)
    spread = []
    for number in range(60):
        averages.note(sums, traits.PERSISTENCE, float(number % 2))
        spread.append(named(sums)["persistence"]["uncertainty"])
    assert spread[-1] < spread[10] < spread[0]


def test_curiosity_counts_messages_that_leave_the_concept_at_hand() -> None:
    sums = averages.zeros(QUANTITIES)
    for concepts in (["ratio"], ["fractions"], ["ratio", "fractions"], []):
        note_message(sums, concepts, "fractions")
    assert averages.count(sums, traits.CURIOSITY) == pytest.approx(3, abs=0.05)
    assert averages.mean(sums, traits.CURIOSITY) == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize(("long_worth", "sign"), [(0.8, 1), (-0.8, -1)])
def test_depth_preference_follows_what_replies_were_worth(long_worth: float, sign: int) -> None:
    sums = averages.zeros(QUANTITIES)
    note_reply_worth(sums, 400, None, long_worth)
    assert named(sums)["depth_preference"]["value"] is None
    for _ in range(20):
        note_reply_worth(sums, 400, "explain", long_worth)
        note_reply_worth(sums, 50, "practice", 0.0)
    found = named(sums)
    assert found["depth_preference"]["value"] * sign > found["depth_preference"]["uncertainty"]
    assert found["example_preference"]["value"] * sign > 0


def test_the_best_hour_is_found_where_there_is_one_and_only_there() -> None:
    with_peak, without = averages.zeros(QUANTITIES), averages.zeros(QUANTITIES)
    for number in range(400):
        at = number * DAY // 24 * 5
        hour = at % DAY / DAY * 24
        peak = 0.3 * cos(2 * pi * (hour - 9) / 24)
        right = (number * 7919 % 1000) / 1000 < 0.5 + peak
        attempt(with_peak, correct=right, at=at)
        attempt(without, correct=number * 7919 % 1000 < 500, at=at)
    found = named(with_peak)
    assert found["best_hour"]["value"] == pytest.approx(9, abs=3 * found["best_hour"]["uncertainty"])
    assert found["time_of_day_effect"]["value"] == pytest.approx(0.3, abs=0.12)
    assert named(without)["best_hour"]["value"] is None

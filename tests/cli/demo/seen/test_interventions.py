"""What people should look at comes before what only says what comes next."""

from cli.demo.seen.interventions import Raisings
from schemas.topics import INTERVENTIONS, MESSAGES
from tests.cli.demo.records import seen


def raised(*kinds: str) -> Raisings:
    raisings = Raisings()
    for number, kind in enumerate(kinds):
        raisings.note(seen(INTERVENTIONS, kind=kind, appended_ms=number, learner_id=f"l{number}"))
    return raisings


def test_telling_ones_are_not_pushed_out() -> None:
    raisings = raised("frustration_rising", *["next_step_changed"] * 20)
    assert [one.kind for one in raisings.latest(3)].count("frustration_rising") == 1
    assert len(raisings.latest(3)) == 3


def test_the_newest_are_on_top() -> None:
    assert [one.learner for one in raised("recovery", "disengagement", "recovery").latest(2)] == ["l2", "l1"]


def test_all_are_counted_by_kind() -> None:
    raisings = raised("recovery", "next_step_changed", "next_step_changed")
    raisings.note(seen(MESSAGES))
    assert raisings.counts == {"next_step_changed": 2, "recovery": 1}

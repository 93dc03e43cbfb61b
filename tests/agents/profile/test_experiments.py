"""Who gets an intervention: decided by a hash, honoured where the profile raises one."""

from agents.profile.experiments import HELD_OUT, TREATED, assign, of_intervention
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from config.experiments import Experiment
from schemas import codec
from tests.agents.profile.given import DAY, NOON, attempt

HELD = Experiment(key="notice", intervention="next_step_changed", design="held_out", share=0.3)
ALTERNATING = Experiment(key="days", intervention="next_step_changed", design="alternating")


def test_a_share_of_the_learners_is_held_out_always_the_same() -> None:
    arms = [assign(HELD, "school", f"l{number}", NOON).arm for number in range(2000)]
    assert 0.27 < arms.count(HELD_OUT) / 2000 < 0.33
    assert arms == [assign(HELD, "school", f"l{number}", NOON + 99 * DAY).arm for number in range(2000)]


def test_two_experiments_do_not_hold_out_the_same_ones() -> None:
    other = HELD.model_copy(update={"key": "other"})
    both = sum(
        assign(HELD, "school", f"l{number}", 0).withheld and assign(other, "school", f"l{number}", 0).withheld
        for number in range(2000)
    )
    assert 0.06 < both / 2000 < 0.12


def test_a_tenant_s_learner_is_not_another_tenant_s() -> None:
    names = [f"l{number}" for number in range(200)]
    assert [assign(HELD, "a", name, 0).arm for name in names] != [assign(HELD, "b", name, 0).arm for name in names]


def test_alternating_gives_it_every_other_period_half_of_them_first() -> None:
    first = 0
    for number in range(400):
        arms = [assign(ALTERNATING, "school", f"l{number}", day * DAY).arm for day in range(4)]
        assert arms in ([TREATED, HELD_OUT] * 2, [HELD_OUT, TREATED] * 2)
        first += arms[0] == TREATED
    assert 160 < first < 240


def test_the_first_running_experiment_on_the_kind_decides() -> None:
    elsewhere = HELD.model_copy(update={"key": "elsewhere", "tenants": ("other",)})
    found = of_intervention((elsewhere, HELD, ALTERNATING), "next_step_changed", "school", "ada", NOON)
    assert found is not None
    assert found.experiment == "notice"
    assert of_intervention((HELD,), "crisis", "school", "ada", NOON) is None


def test_the_profile_sends_it_with_its_arm_or_notes_that_it_was_withheld() -> None:
    sent = withheld = 0
    for number in range(60):
        shared = Shared(experiments=(HELD,))
        given = attempt(learner_id=f"l{number}")
        observed = observe_attempt(ProfileState(), given, shared)
        notes = [one for one in observed.learning_events if one["kind"] == "intervention_withheld"]
        arm = assign(HELD, "school", f"l{number}", NOON).arm
        if arm == HELD_OUT:
            assert observed.interventions == []
            assert notes[0]["detail"] == {"experiment": "notice", "arm": HELD_OUT, "intervention": "next_step_changed"}
            withheld += 1
        else:
            [one] = observed.interventions
            assert (one["experiment"], one["arm"]) == ("notice", TREATED)
            assert codec.decode("Intervention", codec.encode("Intervention", one)) == one
            assert notes == []
            sent += 1
        # What comes next for the learner is decided as ever; the notice of it alone is held out.
        assert observed.profile is not None
        assert observed.profile["next_step"] is not None
    assert sent > 20
    assert withheld > 5


def test_without_experiments_nothing_is_assigned() -> None:
    [one] = observe_attempt(ProfileState(), attempt(), Shared()).interventions
    assert one["experiment"] is None

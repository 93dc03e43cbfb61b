import json
from datetime import UTC, datetime, timedelta

from agents.emotion.scorer import EmotionScores
from agents.emotion.trend import EmotionBaseline, baseline_of, fresh, trend_of, update
from tests.agents.emotion.readings import reading

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def run(
    readings: list[EmotionScores], state: EmotionBaseline | None = None, minutes: float = 1.0, begin: datetime = START
) -> tuple[EmotionBaseline, list[list[str]]]:
    kinds = []
    for number, scores in enumerate(readings):
        state, triggers = update(state, scores, begin + timedelta(minutes=minutes * number))
        kinds.append([trigger.kind for trigger in triggers])
        assert json.loads(json.dumps(state)) == state
    assert state is not None
    return state, kinds


CALM = [reading(valence=0.2)] * 4
ANGRY = reading(valence=-0.5, frustrated=0.9, engaged=0.1)
MIDDLING = reading(frustrated=0.45)


def test_a_spell_begins_with_the_second_message_and_is_raised_once() -> None:
    state, kinds = run([*CALM, ANGRY, ANGRY, ANGRY, ANGRY])
    assert kinds == [[], [], [], [], [], ["frustration_rising"], [], []]
    assert (state["spell"], state["spell_messages"]) == ("frustration", 3)


def test_one_angry_message_is_no_spell() -> None:
    state, kinds = run([*CALM, ANGRY, *CALM])
    assert state["spell"] is None
    assert not any(kinds)


def test_values_between_the_two_limits_neither_end_nor_begin_a_spell() -> None:
    inside, _ = run([*CALM, ANGRY, ANGRY, *[MIDDLING] * 6])
    assert inside["spell"] == "frustration"
    outside, kinds = run([*CALM, *[MIDDLING] * 6])
    assert outside["spell"] is None
    assert not any(kinds)


def test_recovery_needs_two_calm_messages() -> None:
    _, kinds = run([*CALM, ANGRY, ANGRY, reading(), ANGRY, reading(), reading()])
    assert kinds[4:] == [[], ["frustration_rising"], [], [], [], ["recovery"]]


def test_frustration_that_grows_out_of_confusion_is_raised_while_the_confusion_lasts() -> None:
    lost = reading(confused=0.95, engaged=0.3)
    both = reading(confused=0.95, frustrated=0.9, engaged=0.1, valence=-0.5)
    state, kinds = run([*CALM, lost, lost, both, both, both])
    assert [kind for found in kinds for kind in found] == ["frustration_rising"]
    assert (state["spell"], state["spell_messages"]) == ("frustration", 2)
    # Nor does it flap between the two.
    state, kinds = run([lost, both] * 4, state, begin=START + timedelta(minutes=9))
    assert [kind for found in kinds for kind in found] == []
    assert state["spell"] == "frustration"


def test_swinging_moods_do_not_flap() -> None:
    swings = [ANGRY, ANGRY, reading(), reading()] * 8
    _, kinds = run([*CALM, *swings], minutes=0.25)
    raised = [kind for found in kinds for kind in found]
    assert raised.count("frustration_rising") == 1
    assert raised.count("recovery") == 1


def test_after_a_quiet_time_the_same_trigger_is_raised_again() -> None:
    state, _ = run([*CALM, ANGRY, ANGRY, reading(), reading()])
    _, kinds = run([*CALM, ANGRY, ANGRY], state, begin=START + timedelta(hours=1))
    assert kinds[-1] == ["frustration_rising"]


def test_a_pause_ends_a_spell_without_recovery() -> None:
    state, _ = run([*CALM, ANGRY, ANGRY])
    later, kinds = run([reading()], state, begin=START + timedelta(hours=3))
    assert later["spell"] is None
    assert kinds == [[]]


def test_sudden_boredom_is_disengagement() -> None:
    keen = reading(valence=0.4, engaged=0.9)
    state, kinds = run([keen, keen, keen, *[reading(bored=0.8, engaged=0.1)] * 3])
    assert [kind for found in kinds for kind in found] == ["disengagement"]
    assert state["spell"] == "boredom"


def test_a_fall_of_valence_and_engagement_is_disengagement() -> None:
    keen = reading(valence=0.6, engaged=0.9)
    _, kinds = run([*[keen] * 4, *[reading(valence=-0.6, engaged=0.05)] * 3])
    assert [kind for found in kinds for kind in found] == ["disengagement"]


def test_crisis_is_raised_every_time_even_from_an_unreadable_text() -> None:
    state, kinds = run([reading(crisis=True), reading(crisis=True, cant_tell=True)])
    assert kinds == [["crisis"], ["crisis"]]
    assert state["messages"] == 1


def test_an_unreadable_text_moves_nothing_else() -> None:
    before, _ = run([*CALM, ANGRY])
    after, _ = run([reading(cant_tell=True, frustrated=0.99)], before, begin=START + timedelta(minutes=9))
    assert {**after, "at": None} == {**before, "at": None}


def test_the_baseline_is_the_learners_own() -> None:
    state, _ = run([reading(valence=-0.3, frustrated=0.5)] * 30)
    assert abs(baseline_of(state)["frustrated"] - 0.5) < 1e-9
    state, _ = run([reading(frustrated=0.1)], state, begin=START + timedelta(hours=1))
    assert -0.4 <= trend_of(state)["frustrated"] < -0.1


def test_a_usually_frustrated_learner_is_not_reported_as_rising() -> None:
    state, kinds = run([reading(frustrated=0.5)] * 40 + [reading(frustrated=0.6)] * 4)
    assert state["spell"] == "frustration"
    assert not any(kinds)


def test_the_events_clock_decides_and_late_events_count_as_now() -> None:
    state, _ = run(CALM)
    late, _ = update(state, ANGRY, START - timedelta(days=1))
    assert late["at"] == state["at"]


def test_the_given_state_is_left_alone_and_a_replay_gives_the_same() -> None:
    state, _ = run([*CALM, ANGRY])
    kept = json.dumps(state)
    first = update(state, ANGRY, START + timedelta(minutes=5))
    second = update(state, ANGRY, START + timedelta(minutes=5))
    assert json.dumps(state) == kept
    assert first == second


def test_a_state_of_another_version_is_begun_anew() -> None:
    state, _ = update({"version": 0, "rubbish": 1}, reading(), START)
    assert set(state) == set(fresh())
    assert state["messages"] == 1


def test_a_lasting_change_of_valence_is_a_change_point() -> None:
    state, _ = run([reading(valence=0.5)] * 8 + [reading(valence=-0.5)] * 3)
    assert state["shifts"] == 1
    assert run([reading(valence=0.5)] * 11)[0]["shifts"] == 0

from datetime import timedelta

from agents.emotion.scorer import EmotionScores
from benchmarks.emotion.triggers import CALM, SPELL, START, Dialogue, Tally, detection, plain, replayed
from tests.agents.emotion.readings import reading


def dialogue(readings: list[EmotionScores]) -> Dialogue:
    return Dialogue("one", [(START + timedelta(minutes=at), "text") for at in range(len(readings))])


def test_the_same_kind_soon_again_is_a_flap() -> None:
    tally = Tally()
    tally.add([(0, "recovery"), (5, "recovery"), (30, "recovery"), (31, "disengagement")])
    tally.add([])
    assert (tally.flaps, tally.dialogues, tally.raised["recovery"]) == (1, 1, 3)


def test_a_plain_threshold_flaps_where_the_rules_do_not() -> None:
    moods = [reading(), *[reading(frustrated=0.9), reading(frustrated=0.2)] * 5]
    assert len(plain(moods)) == 5
    assert len(replayed(dialogue(moods), moods)) <= 1


def test_unreadable_messages_raise_nothing() -> None:
    assert plain([reading(frustrated=0.9, cant_tell=True)]) == []


def test_detection_counts_from_the_beginning_of_the_spell() -> None:
    kind = "frustration_rising"
    found = detection([[(CALM + 1, kind)], [(2, kind)], [(CALM + SPELL, kind)], [(CALM, "recovery")]])
    assert found["found"] == 0.25
    assert found["delay"] == 2.0
    assert found["false_per_1000"] == 1000 * 2 / (4 * 2 * CALM)

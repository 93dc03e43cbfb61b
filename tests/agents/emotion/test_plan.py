import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastavro
import pytest

import schemas
from agents.emotion.plan import (
    ENCOURAGEMENTS,
    best_encouragement,
    encouragement_gain,
    learn_encouragement,
    plan,
    respond,
)
from agents.emotion.trend import EmotionBaseline, fresh, update
from tests.agents.emotion.readings import reading

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def after(*states: float) -> EmotionBaseline:
    state = fresh()
    for number, value in enumerate(states):
        state, _ = update(state, reading(frustrated=value), START + timedelta(minutes=number))
    return state


def test_frustration_asks_for_calm_small_steps() -> None:
    made = plan(reading(frustrated=0.9), after(0.1, 0.9))
    assert (made.tone, made.pace) == ("calm", "slower")
    assert made.acknowledge and made.smaller_steps
    assert not made.challenge and not made.suggest_break
    assert made.reasons == ["frustrated 0.90"]


def test_a_long_spell_suggests_a_break() -> None:
    assert plan(reading(frustrated=0.9), after(*[0.9] * 6)).suggest_break


def test_boredom_asks_for_a_challenge_unless_confused() -> None:
    assert plan(reading(bored=0.9), fresh()).challenge
    assert not plan(reading(bored=0.9, confused=0.7), fresh()).challenge


def test_confidence_asks_for_a_challenge() -> None:
    made = plan(reading(confident=0.9), after(0.1, 0.1))
    assert (made.tone, made.challenge) == ("encouraging", True)


def test_confusion_slows_down() -> None:
    made = plan(reading(confused=0.8), fresh())
    assert (made.tone, made.pace, made.smaller_steps) == ("warm", "slower", True)


def test_crisis_comes_before_all_else() -> None:
    made = plan(reading(crisis=True, bored=0.9), fresh())
    assert (made.tone, made.acknowledge, made.challenge) == ("calm", True, False)
    assert made.encouragement is None


def test_an_unreadable_text_asks_for_nothing() -> None:
    made = plan(reading(cant_tell=True, frustrated=0.9), after(0.9, 0.9))
    assert (made.tone, made.acknowledge, made.smaller_steps) == ("neutral", False, False)


def test_the_record_fits_the_schema() -> None:
    source = json.loads((Path(schemas.__file__).parent / "ScoredMessage.avsc").read_text())
    (field,) = [field for field in source["fields"] if field["name"] == "plan"]
    record = plan(reading(frustrated=0.9), after(0.9, 0.9)).as_record()
    assert fastavro.validate(record, field["type"], strict=True)


def test_untried_encouragements_come_first_then_the_best() -> None:
    record: dict[str, dict[str, float]] = {}
    tried = []
    for _ in range(60):
        kind = best_encouragement(record)
        tried.append(kind)
        record = learn_encouragement(record, kind, 0.9 if kind == "recall_progress" else 0.2)
    assert tried[:4] == list(ENCOURAGEMENTS)
    assert tried[4:].count("recall_progress") > 30


def test_gain_is_half_for_no_change_and_bounded() -> None:
    low = {"valence": -1.0, "frustrated": 1.0, "anxious": 1.0, "engaged": 0.0}
    high = {"valence": 1.0, "frustrated": 0.0, "anxious": 0.0, "engaged": 1.0}
    assert encouragement_gain(low, low) == 0.5
    assert encouragement_gain(low, high) == 1.0
    assert encouragement_gain(high, low) == 0.0


def test_learning_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="unknown encouragement"):
        learn_encouragement({}, "bribe", 0.5)
    with pytest.raises(ValueError, match="outside"):
        learn_encouragement({}, ENCOURAGEMENTS[0], 1.5)


def test_respond_learns_from_what_followed() -> None:
    state = after(0.9, 0.9)
    first, state = respond(reading(valence=-0.5, frustrated=0.9), state)
    assert first.encouragement == ENCOURAGEMENTS[0]
    assert first.as_record()["encouragement"] == ENCOURAGEMENTS[0]
    _, waiting = respond(reading(cant_tell=True), state)
    assert waiting["encouraged"] == ENCOURAGEMENTS[0]
    _, learned = respond(reading(valence=0.5, engaged=0.9), waiting)
    assert learned["encouragements"][ENCOURAGEMENTS[0]]["gain"] > 0.5
    assert json.loads(json.dumps(learned)) == learned


def test_what_is_read_after_a_long_pause_says_nothing_of_an_encouragement() -> None:
    state, _ = update(None, reading(frustrated=0.9), START)
    made, state = respond(reading(frustrated=0.9), state)
    assert made.encouragement is not None
    for later, learned in ((timedelta(minutes=20), True), (timedelta(days=20), False)):
        back, _ = update(state, reading(engaged=0.9), START + later)
        _, back = respond(reading(engaged=0.9), back)
        assert bool(back["encouragements"]) == learned

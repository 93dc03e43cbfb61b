"""The page from rows alone."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cli.explain.fetch import Story
from cli.explain.page import changes, page
from tests.cli.samples import sample


def response(**different: Any) -> dict[str, Any]:
    """A row of fact_responses."""
    event = sample("TutorResponse")
    decision = event.pop("decision")
    row = {
        **event,
        "text": "Half of a half is a quarter.",
        "message_text": "What is half of a half?",
        "emotion": orjson.dumps({**event["emotion"], "cant_tell": False, "crisis": False}).decode(),
        "plan": orjson.dumps(event["plan"]).decode(),
        "decision_policy": "declared-order/1",
        "decision_features": decision["features"],
        "decision_candidates": [
            {"provider": "groq", "score": 0.9, "propensity": 0.8, "reason": "cheapest"},
            {"provider": "gemini", "score": 0.7, "propensity": 0.2, "reason": "slower"},
        ],
        "decision_propensity": 0.8,
        "provider": "groq",
        "latency_ms": 420.0,
        "missing": [],
        "repeated_call": False,
    }
    return {**row, **different}


def profile(**different: Any) -> dict[str, Any]:
    """A row of fact_profiles."""
    return {**sample("LearnerProfile"), "next_step": "", "revision": 2, **different}


def text_of(story: Story, width: int = 100) -> str:
    return "\n".join(page(story, width))


def test_the_page_has_everything_that_was_decided() -> None:
    text = text_of(Story({"sent_at": datetime(2024, 5, 1, 10, tzinfo=UTC)}, response()))
    for title in ("MESSAGE", "FEELING", "PLAN", "PROMPT", "PROVIDER", "ANSWER", "WHAT FOLLOWED"):
        assert title in text.splitlines()
    for said in (
        "What is half of a half?",
        "Half of a half is a quarter.",
        "* ",
        "groq score 0.900, propensity 0.80: cheapest",
        "gemini score 0.700, propensity 0.20: slower",
        "420 ms in all",
        "2024-05-01 10:00:00 UTC",
    ):
        assert said in text


@pytest.mark.parametrize("width", [10, 30, 59, 60, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = page(Story(None, response(text="long " * 80, message_text="x" * 300)), width)
    assert max(len(line) for line in lines) <= max(width, 30)


def test_dropped_pieces_are_told_from_those_the_provider_saw() -> None:
    piece = {"piece_id": "turn:1", "layer": "conversation", "tokens": 9, "value": 0.5, "reason": "recent", "text": "hi"}
    pieces = [{**piece, "included": True}, {**piece, "piece_id": "turn:0", "included": False, "reason": "over budget"}]
    text = text_of(Story(None, response(prompt=pieces)))
    assert "1 of 2 pieces fitted" in text
    assert "  +            conversation turn:1, 9 tokens, value 0.50: recent" in text
    assert "  -            conversation turn:0, 9 tokens, value 0.50: over budget" in text


def test_expired_emotions_and_unreadable_ones_are_said() -> None:
    assert "expired" in text_of(Story(None, response(emotion="", plan="")))
    unreadable = {**orjson.loads(response()["emotion"]), "cant_tell": True}
    assert "does not allow a reading" in text_of(Story(None, response(emotion=orjson.dumps(unreadable).decode())))


@pytest.mark.parametrize("reading", [{}, {"cant_tell": True}, {"cant_tell": True, "model": "off"}])
def test_a_crisis_is_said_of_texts_that_are_not_read_too(reading: dict[str, Any]) -> None:
    emotion = {**orjson.loads(response()["emotion"]), **reading, "crisis": True}
    text = text_of(Story(None, response(emotion=orjson.dumps(emotion).decode())))
    assert "the text speaks of a crisis" in text
    assert ("scoring is off" in text) is (reading.get("model") == "off")
    assert ("does not allow a reading" in text) is (reading == {"cant_tell": True})


def test_a_message_without_an_answer_yet_says_so() -> None:
    message = {"message_id": "7", "tenant_id": "t", "learner_id": "ada", "text": "why?"}
    text = text_of(Story(message, None))
    assert "t/ada" in text
    assert "none in ClickHouse yet" in text


def test_what_the_answer_changed_in_the_profile_is_listed() -> None:
    before = profile(messages=1, concepts=[], emotion_baseline={"bored": 0.1}, next_step="")
    step = orjson.dumps({"kind": "practice", "concept_id": "halves"}).decode()
    after = profile(messages=2, emotion_baseline={"bored": 0.3}, next_step=step)
    after["concepts"] = [{**after["concepts"][0], "concept_id": "halves", "p_correct": 0.75}]
    assert changes(before, after) == [
        "messages 1 → 2",
        "chance on halves - → 0.750",
        "mean bored 0.100 → 0.300",
        "next step practice halves",
    ]
    assert changes(after, after) == []


def test_rewards_and_interventions_follow() -> None:
    reward = {"value": 0.4, "components": {"outcome": 0.5}, "closed_by": "outcome", "elapsed_s": 12.0}
    raised = {"severity": "attention", "kind": "frustration_rising", "source": "emotion", "text": "three in a row"}
    text = text_of(Story(None, response(), (raised,), (reward,)))
    assert "+0.40 (outcome +0.50), closed by outcome after 12 s" in text
    assert "attention frustration_rising by emotion: three in a row" in text

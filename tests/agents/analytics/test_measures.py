from typing import Any

from agents.analytics.measures import FRACTION, Measure, measures
from agents.profile.events import learning_event
from tests.agents.context.events import attempt, envelope, feedback, message, reading, response


def by_dimension(found: list[Measure]) -> dict[tuple[str, str], Measure]:
    assert len({(one.kind, one.dimension) for one in found}) == len(found)
    return {(one.kind, one.dimension): one for one in found}


def test_an_attempt_counts_for_its_tenant_course_and_concept() -> None:
    found = by_dimension(measures("Attempt", attempt(course_id="maths", correct=False, hints_used=2)))
    assert set(found) == {("tenant", "school"), ("course", "maths"), ("concept", "fractions")}
    concept = found["concept", "fractions"]
    assert concept.counts == {"events": 1, "attempts": 1, "correct": 0, "hints": 2}
    assert concept.figures == {"duration_ms": 4000.0}
    assert concept.names == {"learners": "ada"}


def test_a_predicted_attempt_counts_for_its_item_beside_what_was_expected() -> None:
    def predicted(right: bool, **changes: Any) -> list[Measure]:
        said = learning_event(attempt(), "attempt_predicted", item="f1", predicted=0.7, outcome=float(right))
        return measures("LearningEvent", said | changes)

    [right], [wrong] = predicted(True), predicted(False)
    assert (right.kind, right.dimension, right.names) == ("item", "f1", {})
    assert right.counts == {"events": 1, "attempts": 1, "correct": 1}
    assert right.sums == {"expected_wrong": round(0.3 * FRACTION)}
    assert (wrong.counts["correct"], wrong.names) == (0, {"learners_wrong": "ada"})
    assert predicted(True, item_id=None) == []
    assert predicted(True, kind="concept_mastered", outcome=None) == []


def call(provider: str, outcome: str) -> dict[str, Any]:
    return {"provider": provider, "model": "m", "outcome": outcome, "error": None, "elapsed_ms": 5.0}


def test_a_response_counts_each_provider_that_was_called_and_answers_for_one() -> None:
    tries = [call("first", "timeout"), call("first", "server_error"), call("second", "ok")]
    found = by_dimension(measures("TutorResponse", response(1, provider="second", tries=tries, concepts=["a", "a"])))
    assert found["provider", "first"].counts == {
        "events": 1,
        "calls": 2,
        "calls_timeout": 1,
        "calls_server_error": 1,
    }
    answered = found["provider", "second"]
    assert answered.counts["responses"] == 1
    assert answered.counts["calls_ok"] == 1
    assert answered.sums == {"cost_usd": round(0.0001 * FRACTION)}
    assert set(answered.figures) == {"provider_ms", "first_token_ms"}
    assert found["concept", "a"].counts == {"events": 1, "responses": 1}
    assert found["tenant", "school"].counts["responses_provider"] == 1


def test_what_was_not_called_stands_beside_the_calls() -> None:
    tries = [call("first", "open"), call("first", "timeout"), call("second", "skipped"), call("third", "ok")]
    found = by_dimension(measures("TutorResponse", response(1, provider="third", tries=tries, template_version="t-1")))
    assert found["provider", "first"].counts == {"events": 1, "calls": 1, "calls_timeout": 1, "not_called_open": 1}
    assert found["provider", "second"].counts == {"events": 1, "calls": 0, "not_called_skipped": 1}
    version = found["version", "t-1"].counts
    assert (version["calls"], version["calls_ok"], version["calls_timeout"]) == (2, 1, 1)
    assert (version["not_called_open"], version["not_called_skipped"]) == (1, 1)


def test_an_offline_reply_is_no_providers() -> None:
    offline = response(1, source="OFFLINE", provider="offline", tries=[call("first", "connection")])
    found = by_dimension(measures("TutorResponse", offline))
    assert ("provider", "offline") not in found
    assert "responses" not in found["provider", "first"].counts
    assert found["tenant", "school"].counts["responses_offline"] == 1
    assert found["tenant", "school"].figures == {}


def test_the_mood_of_a_message_is_its_likeliest_state() -> None:
    def kind(**fields: Any) -> str:
        found = measures("TutorResponse", response(1, emotion=reading(-0.25, **fields)))
        return next(one.dimension for one in found if one.kind == "emotion")

    assert kind(states={"frustrated": 0.9, "bored": 0.2}) == "frustrated"
    assert kind(states={"frustrated": 0.4}) == "neutral"
    assert kind(cant_tell=True) == "unknown"
    assert kind(states={}) == "unknown"


def test_feedback_and_interventions_count_and_other_events_do_not() -> None:
    assert measures("Feedback", feedback(kind="CONFUSED"))[0].counts == {"events": 1, "feedback_confused": 1}
    raised = envelope("intervention", kind="recovery", source="emotion", severity="info", text="", evidence={})
    assert measures("Intervention", raised)[0].counts == {"events": 1, "interventions": 1, "interventions_info": 1}
    assert measures("LearnerMessage", message()) == []

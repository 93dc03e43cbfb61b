"""Actions become valid events, and what comes back is noticed."""

from typing import Any

import pytest

from cli.demo.events import TENANT, Scribe, reply_of, suggestion_of
from cli.demo.school.actions import Action, Came, Judged, Left, Tried, Wrote
from schemas.codec import decode, encode
from tests.cli.samples import sample

WROTE = Wrote("ada", "How?", "ratio")
TRIED = Tried("ada", "ratio", "rat-1", True, "3:2", 4.25, hints_used=1)


@pytest.mark.parametrize("action", [WROTE, TRIED, Judged("ada", "HELPFUL"), Came("ada"), Left("ada")])
def test_each_action_is_an_event_of_its_topic(action: Action) -> None:
    scribe = Scribe("run")
    scribe.record(WROTE, 5)
    recorded = scribe.record(action, 7)
    assert recorded is not None and recorded.topic.from_apps
    read = decode(recorded.topic.event, encode(recorded.topic.event, recorded.event))
    assert (read["tenant_id"], read["learner_id"], read["sent_at"]) == (TENANT, "ada", 7)


def test_what_follows_a_message_names_it() -> None:
    scribe = Scribe("run")
    message, attempt = scribe.record(WROTE, 1), scribe.record(TRIED, 2)
    assert message is not None and attempt is not None
    assert attempt.event["message_id"] == message.event["message_id"]
    assert attempt.event["duration_ms"] == 4250


def test_nothing_can_be_judged_before_the_first_message() -> None:
    assert Scribe("run").record(Judged("ada", "HELPFUL"), 1) is None


def test_ids_are_a_runs_own_and_none_comes_twice() -> None:
    def ids(run: str) -> list[str]:
        scribe = Scribe(run)
        return [recorded.event["event_id"] for _ in range(20) if (recorded := scribe.record(WROTE, 1))]

    assert ids("one") == ids("one")
    assert len({*ids("one"), *ids("two")}) == 40


@pytest.mark.parametrize(("source", "by_tutor"), [("PROVIDER", True), ("CACHE", True), ("OFFLINE", False)])
def test_a_reply_is_noticed_as_it_was_planned(source: str, by_tutor: bool) -> None:
    plan = {**sample("TutorResponse")["plan"], "tone": "calm", "smaller_steps": True, "challenge": False}
    reply = reply_of({**sample("TutorResponse"), "source": source, "plan": plan, "concepts": ["ratio"]})
    assert (reply.tone, reply.smaller_steps, reply.challenge, reply.concepts) == ("calm", True, False, ("ratio",))
    assert reply.by_tutor is by_tutor


def test_the_next_step_is_suggested_where_there_is_one() -> None:
    def profile(step: dict[str, Any] | None) -> dict[str, Any]:
        return {**sample("LearnerProfile"), "next_step": step}

    step = {**sample("LearnerProfile")["next_step"], "kind": "practice", "concept_id": "ratio", "item_id": "rat-2"}
    found = suggestion_of(profile(step))
    assert found is not None and (found.kind, found.concept_id, found.item_id) == ("practice", "ratio", "rat-2")
    assert suggestion_of(profile(None)) is None
    assert suggestion_of(profile({**step, "concept_id": None})) is None

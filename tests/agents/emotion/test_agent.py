"""Through the stage itself, with the models that ship."""

import uuid
from typing import Any

import pytest

from agents.emotion.agent import stage, switched_off
from agents.emotion.plan import ENCOURAGEMENTS
from agents.emotion.scorer import EmotionScorer
from config.settings import Settings
from pipeline.delivery.record import Outcome, Record
from pipeline.delivery.stage import KeyedStage
from schemas.topics import ENRICHED, INTERVENTIONS, SCORED
from tests.cli.samples import sample

UPSET = "I hate this, it makes me so angry and I am fed up with these stupid fractions!!"


@pytest.fixture(scope="module")
def scoring() -> KeyedStage:
    return stage(Settings(emotion_off="quiet, silent"))


async def told(scoring: KeyedStage, text: str, tenant: str, state: bytes | None = None, waited: float = 0.0) -> Outcome:
    number = str(uuid.uuid5(uuid.NAMESPACE_OID, text))
    event = {**sample("EnrichedMessage"), "text": text, "tenant_id": tenant, "event_id": number, "message_id": number}
    return await scoring.handle(Record(ENRICHED.name, 0, 0, b"key", event, 0, waited=waited), state)


def scored(outcome: Outcome) -> dict[str, Any]:
    (emit,) = [emit for emit in outcome.emits if emit.topic == SCORED]
    return emit.event


async def test_a_learner_who_is_upset_gets_another_encouragement_when_the_first_did_not_help(
    scoring: KeyedStage,
) -> None:
    first = await told(scoring, UPSET, "school")
    assert scored(first)["plan"]["encouragement"] == ENCOURAGEMENTS[0]
    second = await told(scoring, UPSET + " Still!", "school", first.state)
    assert scored(second)["plan"]["encouragement"] == ENCOURAGEMENTS[1]


async def test_a_tenant_can_do_without_scores_but_a_crisis_is_seen(scoring: KeyedStage) -> None:
    off = scored(await told(scoring, UPSET, "quiet"))
    assert (off["emotion"]["model"], off["emotion"]["cant_tell"], off["emotion"]["states"]) == ("off", True, {})
    assert off["plan"]["reasons"] == ["scoring is off"]
    outcome = await told(scoring, "I want to kill myself", "silent")
    assert scored(outcome)["emotion"]["crisis"]
    assert [emit.event["kind"] for emit in outcome.emits if emit.topic == INTERVENTIONS] == ["crisis"]


async def test_once_turned_off_nothing_is_told_of_what_was_read_before(scoring: KeyedStage) -> None:
    state = None
    for number in range(4):
        outcome = await told(scoring, f"{UPSET} {number}", "school", state, waited=10.0)
        state = outcome.state
    assert scored(outcome)["emotion"]["spell"] == "frustration"
    outcome = await told(scoring, "and now?", "quiet", state)
    emotion = scored(outcome)["emotion"]
    assert (emotion["baseline"], emotion["trend"], emotion["spell"], emotion["spell_messages"]) == ({}, {}, None, 0)
    # Nor is it there again where scoring is turned on once more.
    again = scored(await told(scoring, "what is next?", "school", outcome.state, waited=10.0))["emotion"]
    assert (again["baseline"], again["spell"]) == ({}, None)


async def test_what_has_waited_long_is_read_by_the_quick_model(scoring: KeyedStage) -> None:
    at_once, late = [scored(await told(scoring, UPSET, "school", waited=waited)) for waited in (0.0, 10.0)]
    assert at_once["emotion"]["model"] == EmotionScorer.load().name
    assert late["emotion"]["model"] == EmotionScorer.load_light().name


def test_the_setting_names_tenants_or_all() -> None:
    assert [switched_off(" a ,b")(tenant) for tenant in ("a", "b", "c")] == [True, True, False]
    assert switched_off("*")("anyone")
    assert not switched_off("")("anyone")

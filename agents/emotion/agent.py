"""Binds emotion scoring to its topics: enriched messages in, scored ones out, interventions beside them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from agents.emotion.batching import MicroBatcher
from agents.emotion.crisis import speaks_of_crisis
from agents.emotion.plan import respond
from agents.emotion.rationed import RationedScorer
from agents.emotion.scorer import EmotionScorer, EmotionScores, off_scores
from agents.emotion.trend import EmotionBaseline, Trigger, baseline_of, trend_of, update
from config.settings import Settings
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from schemas.codec import Event
from schemas.ids import derived
from schemas.topics import ENRICHED, ERASURES, INTERVENTIONS, SCORED


def stage(settings: Settings) -> KeyedStage:
    """The emotion stage. Loads the models."""
    light = EmotionScorer.load_light()
    scorer = RationedScorer(EmotionScorer.load(), light, settings.emotion_encoder_share)
    # In a thread: the model lets go of the interpreter, so other learners' records move on meanwhile.
    batcher = MicroBatcher(scorer.score_batch, max_batch=8, max_wait=0.0, threaded=True)
    off = switched_off(settings.emotion_off)

    async def handle(record: Record, state: bytes | None) -> Outcome:
        if record.topic == ERASURES.name:
            return Outcome(forget=True)
        message = record.event
        before: EmotionBaseline | None = json.loads(state) if state else None
        if off(message["tenant_id"]):
            # A crisis is looked for whatever else is off. What was read before it was turned off is forgotten.
            scores, before = off_scores(speaks_of_crisis(message["text"])), None
        elif record.waited > settings.hurry_seconds:
            # Others wait behind it: a coarser reading in time is worth more to all of them.
            scores = light.score_batch([message["text"]])[0]
        else:
            scores = await batcher.score(message["text"])
        after, triggers = update(before, scores, datetime.fromtimestamp(message["sent_at"] / 1_000_000, UTC))
        plan, after = respond(scores, after)
        scored = {
            **message,
            "event_id": derived(message["event_id"], "emotion"),
            "emotion": reading(scores, before, after),
            "plan": plan.as_record(),
        }
        emits = [Emit(SCORED, scored)]
        emits += [Emit(INTERVENTIONS, intervention(message, trigger)) for trigger in triggers]
        return Outcome(tuple(emits), json.dumps(after, separators=(",", ":")).encode())

    sources = (Source(ENRICHED, identity="message_id", owner=True), Source(ERASURES))
    return KeyedStage("emotion", sources, handle)


def switched_off(tenants: str) -> Callable[[str], bool]:
    """Whether a tenant's learners are not to be scored, by the setting: tenants, comma-separated, or `*` for all."""
    named = {tenant.strip() for tenant in tenants.split(",")} - {""}
    return lambda tenant: "*" in named or tenant in named


def reading(scores: EmotionScores, before: EmotionBaseline | None, after: EmotionBaseline) -> Event:
    """The EmotionReading of one message; the baseline is the learner's before it."""
    return {
        "model": scores.model,
        "emotions": scores.emotions,
        "valence": scores.valence,
        "arousal": scores.arousal,
        "dominance": scores.dominance,
        "states": scores.states,
        "confidence": scores.confidence,
        "cant_tell": scores.cant_tell,
        "crisis": scores.crisis,
        "baseline": baseline_of(before) if before is not None else {},
        "trend": trend_of(after),
        "spell": after["spell"],
        "spell_messages": after["spell_messages"],
    }


def intervention(message: Event, trigger: Trigger) -> Event:
    """The Intervention that a trigger raises for the learner of `message`."""
    return {
        "event_id": derived(message["event_id"], "emotion", trigger.kind),
        "tenant_id": message["tenant_id"],
        "learner_id": message["learner_id"],
        "session_id": message["session_id"],
        "course_id": message["course_id"],
        "sent_at": message["sent_at"],
        "message_id": message["message_id"],
        "kind": trigger.kind,
        "source": "emotion",
        "severity": trigger.severity,
        "text": trigger.text,
        "evidence": trigger.evidence,
    }

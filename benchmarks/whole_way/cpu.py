"""CPU time of processes and of a stage's own logic."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.settings import Settings
from pipeline.delivery.record import Record
from pipeline.delivery.stage import KeyedStage
from schemas.codec import Event
from schemas.ids import learner_key
from schemas.topics import ENRICHED, MESSAGES, RESPONSES

TICKS = os.sysconf("SC_CLK_TCK")
ROUNDS = 400


def used(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds used so far, user and system, by name."""
    found = {}
    for name, pid in pids.items():
        # The command may hold spaces and brackets; the fields that count come behind its closing bracket.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found[name] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


def per_message(before: Mapping[str, float], after: Mapping[str, float], messages: int) -> dict[str, float]:
    """Milliseconds of CPU a message, by name."""
    return {name: round((after[name] - before[name]) * 1000 / messages, 3) for name in after}


async def logic(settings: Settings, sent: Sequence[Event], responses: Sequence[Event]) -> dict[str, float]:
    """Milliseconds of CPU a message that stages of `core` spend in their own logic, decoding and delivery aside.

    Of a worker in no hurry: under full load the quick models read most messages, so what is left of a process's time
    for all the rest can come out below 0.
    """
    from agents.context import agent as context
    from agents.emotion import agent as emotion
    from agents.profile import agent as profile

    messages = sent[:ROUNDS]
    answers = responses[:ROUNDS]
    context_stage, emotion_stage, profile_stage = (m.stage(settings) for m in (context, emotion, profile))
    enriched, context_ms = await _timed(context_stage, MESSAGES.name, messages)
    _, emotion_ms = await _timed(emotion_stage, ENRICHED.name, enriched)
    _, profile_ms = await _timed(profile_stage, RESPONSES.name, answers)
    _, reply_ms = await _timed(context_stage, RESPONSES.name, answers)
    return {"context": round(context_ms + reply_ms, 3), "emotion": emotion_ms, "profile": profile_ms}


async def _timed(stage: KeyedStage, topic: str, events: Sequence[Event]) -> tuple[list[Event], float]:
    states: dict[bytes, bytes | None] = {}
    rows: dict[bytes, dict[bytes, bytes | None]] = {}
    made = []
    spent = 0.0
    for offset, event in enumerate(events):
        key = learner_key(event["tenant_id"], event["learner_id"])
        beside = rows.setdefault(key, {})
        appended_at = int(event.get("appended_at") or event["sent_at"])
        record = Record(topic, 0, offset, key, event, appended_at, rows=beside.get)
        began = time.thread_time()
        outcome = await stage.handle(record, states.get(key))
        spent += time.thread_time() - began
        states[key] = outcome.state
        beside |= outcome.rows
        made += [emit.event for emit in outcome.emits[:1]]
        await asyncio.sleep(0)
    return made, round(spent * 1000 / max(len(events), 1), 3)

"""An afternoon of a small class, written for the questions in docs/analysts.md: the records that its rows come from.

Nothing in it is drawn at random and nothing depends on the clock, so what the page prints stays true.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.delivery.record import Record
from schemas import topics
from schemas.codec import Event
from schemas.topics import Topic
from tests.sinks.records import event

TENANT, COURSE = "demo", "algebra-1"
START = 1_772_467_200_000_000  # 2026-03-02T16:00:00Z, microseconds
MINUTE = 60_000_000
SPACE = uuid.UUID("3f1d9a52-0000-4000-8000-000000000000")
PRICES = {"groq": (0.59, 0.79), "gemini": (0.30, 2.50), "offline": (0.0, 0.0)}


@dataclass(frozen=True, slots=True)
class Said:
    """A learner's message: when, who, what; how it felt; who answered it after how long (milliseconds)."""

    minute: int
    learner: str
    text: str
    concept: str
    state: str
    valence: float
    provider: str
    provider_ms: float
    pipeline_ms: float


SAID = (
    Said(0, "ada", "Can we start with halves?", "fractions", "engaged", 0.5, "groq", 412, 14),
    Said(1, "ben", "What is a denominator again?", "fractions", "confused", -0.1, "groq", 388, 12),
    Said(4, "cleo", "I already know this, something harder please", "fractions", "bored", -0.2, "groq", 455, 15),
    Said(6, "ben", "I don't get why it must be the same number below", "fractions", "confused", -0.4, "groq", 520, 13),
    Said(9, "dev", "This is stupid, it never works", "fractions", "frustrated", -0.8, "gemini", 930, 16),
    Said(12, "ben", "Still wrong. I give up with these", "fractions", "frustrated", -0.7, "gemini", 870, 18),
    Said(15, "ada", "So 2/3 plus 1/6 is 5/6?", "fractions", "confident", 0.6, "groq", 401, 12),
    Said(20, "cleo", "Show me equations with two unknowns", "linear-equations", "engaged", 0.4, "groq", 610, 14),
    Said(24, "dev", "ok that way it makes sense", "fractions", "engaged", 0.3, "gemini", 905, 15),
    Said(31, "ben", "Ah, you make the pieces equally big first", "fractions", "confident", 0.7, "gemini", 880, 14),
    Said(38, "ada", "Why may I subtract on both sides?", "linear-equations", "confused", 0.1, "groq", 430, 13),
    Said(47, "cleo", "What if both lines never meet?", "linear-equations", "engaged", 0.5, "offline", 0, 29),
    Said(52, "dev", "are we done soon", "linear-equations", "bored", -0.3, "groq", 395, 12),
)
UNANSWERED = Said(59, "ben", "One more question about thirds", "fractions", "engaged", 0.2, "", 0, 0)

# Minute, learner, concept, item, right, hints taken, what the model had expected (probability of a right answer).
TRIED = (
    (2, "ada", "fractions", "fr-1", True, 0, 0.62),
    (3, "ben", "fractions", "fr-1", False, 1, 0.55),
    (5, "cleo", "fractions", "fr-1", True, 0, 0.71),
    (7, "ada", "fractions", "fr-2", True, 0, 0.66),
    (8, "dev", "fractions", "fr-1", False, 0, 0.52),
    (10, "ben", "fractions", "fr-2", False, 2, 0.44),
    (11, "dev", "fractions", "fr-2", False, 1, 0.43),
    (13, "cleo", "fractions", "fr-3", True, 0, 0.74),
    (14, "ben", "fractions", "fr-2", False, 2, 0.36),
    (16, "ada", "fractions", "fr-3", True, 0, 0.72),
    (22, "cleo", "linear-equations", "le-1", True, 0, 0.58),
    (25, "dev", "fractions", "fr-2", True, 1, 0.40),
    (28, "dev", "fractions", "fr-3", False, 0, 0.42),
    (33, "ben", "fractions", "fr-2", True, 0, 0.39),
    (36, "ben", "fractions", "fr-3", True, 0, 0.50),
    (40, "ada", "linear-equations", "le-1", False, 1, 0.57),
    (44, "cleo", "linear-equations", "le-2", False, 0, 0.60),
    (46, "ada", "linear-equations", "le-1", True, 0, 0.51),
    (49, "cleo", "linear-equations", "le-2", True, 0, 0.56),
    (55, "dev", "linear-equations", "le-1", False, 1, 0.45),
)
# Learner, kind, source, severity, minute, for people.
RAISED = (
    (12, "ben", "frustration_rising", "emotion", "attention", "Three wrong answers in a row and falling valence"),
    (9, "dev", "frustration_rising", "emotion", "attention", "Valence far below the learner's own baseline"),
    (31, "ben", "recovery", "emotion", "info", "Out of the spell after a worked example"),
    (52, "dev", "disengagement", "emotion", "info", "Short messages and no attempt for six minutes"),
)
# What was forecast of the whole hour at its start, as `cli.forecast.store` writes it.
FORECASTS = (
    ("messages", datetime.fromtimestamp(START / 1e6, UTC), 12.0, 7.0, 18.0, None),
    ("attempts", datetime.fromtimestamp(START / 1e6, UTC), 25.0, 16.0, 36.0, None),
)
# Learner, concept, probability of a right answer, uncertainty, retrievability.
KNOWN = {
    "ada": (("fractions", 0.82, 0.10, 0.97), ("linear-equations", 0.55, 0.19, 0.93)),
    "ben": (("fractions", 0.58, 0.15, 0.95),),
    "cleo": (("fractions", 0.85, 0.12, 0.96), ("linear-equations", 0.63, 0.16, 0.94)),
    "dev": (("fractions", 0.47, 0.17, 0.92), ("linear-equations", 0.41, 0.22, 0.90)),
}


def identity(*parts: object) -> str:
    """A UUID that belongs to these words."""
    return str(uuid.uuid5(SPACE, "/".join(map(str, parts))))


def records() -> Iterator[Record]:
    """Every record of the afternoon, each topic's offsets counted from 0."""
    offsets: dict[str, int] = {}
    for topic, appended_at, body in _events():
        offset = offsets[topic.name] = offsets.get(topic.name, -1) + 1
        key = f"{body['tenant_id']}/{body.get('learner_id', '')}".encode()
        yield Record(topic.name, 0, offset, key, body, appended_at)


def _events() -> Iterator[tuple[Topic, int, Event]]:
    for said in (*SAID, UNANSWERED):
        yield from _message(said)
    for tried in TRIED:
        yield from _attempt(*tried)
    for minute, learner, kind, source, severity, text in RAISED:
        at = START + minute * MINUTE + 1_000_000
        yield (
            topics.INTERVENTIONS,
            at,
            _of(learner, "Intervention", at, kind=kind, source=source, severity=severity, text=text, evidence={}),
        )
    for learner in KNOWN:
        yield _profile(learner)
    yield from _windows()


def _of(learner: str, name: str, at: int, **fields: Any) -> Event:
    common = {"tenant_id": TENANT, "learner_id": learner, "course_id": COURSE, "sent_at": at}
    made = {"event_id": identity(name, learner, at), **common, **fields}
    return event(name, at // MINUTE, sparse=True, **made)


def _message(said: Said) -> Iterator[tuple[Topic, int, Event]]:
    at = START + said.minute * MINUTE
    message_id = identity("message", said.learner, said.minute)
    ids = {"message_id": message_id, "concepts": [said.concept]}
    yield topics.MESSAGES, at, _of(said.learner, "LearnerMessage", at, text=said.text, **ids)
    yield topics.SCORED, at + 4000, _of(said.learner, "ScoredMessage", at, emotion=_emotion(said), plan=_plan(), **ids)
    if said.provider:
        answered_at = at + int((said.provider_ms + said.pipeline_ms) * 1000)
        yield topics.RESPONSES, answered_at, _response(said, at, ids)


def _emotion(said: Said) -> dict[str, Any]:
    others = [s for s in ("frustrated", "confused", "bored", "engaged", "anxious", "confident") if s != said.state]
    return {
        "model": "linear-1",
        "emotions": {"neutral": 0.4},
        "valence": said.valence,
        "arousal": 0.1,
        "dominance": 0.0,
        "states": {said.state: 0.75, **dict.fromkeys(others, 0.05)},
        "confidence": 0.8,
        "cant_tell": False,
        "crisis": False,
        "baseline": {},
        "trend": {},
        "spell": "frustration" if said.state == "frustrated" else None,
        "spell_messages": int(said.state == "frustrated"),
    }


def _plan() -> dict[str, Any]:
    switches = dict.fromkeys(("acknowledge", "smaller_steps", "suggest_break", "challenge"), False)
    return {"tone": "neutral", "pace": "same", **switches, "reasons": []}


def _response(said: Said, at: int, ids: dict[str, Any]) -> Event:
    offline = said.provider == "offline"
    prompt, completion = (0, 0) if offline else (600 + 10 * said.minute, 90 + said.minute)
    price_in, price_out = PRICES[said.provider]
    failed = {"provider": "groq", "model": "llama-3.3-70b", "outcome": "timeout", "error": None, "elapsed_ms": 6000.0}
    good = {"provider": said.provider, "model": "", "outcome": "ok", "error": None, "elapsed_ms": said.provider_ms}
    return _of(
        said.learner,
        "TutorResponse",
        at,
        **ids,
        response_id=identity("response", said.learner, said.minute),
        turn=1 + sum(other.learner == said.learner and other.minute < said.minute for other in SAID),
        text="Look at the size of the pieces first.",
        message_text=said.text,
        source="OFFLINE" if offline else "PROVIDER",
        provider=said.provider,
        model={"groq": "llama-3.3-70b", "gemini": "gemini-2.5-flash"}.get(said.provider, ""),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost_usd=(prompt * price_in + completion * price_out) / 1_000_000,
        provider_ms=said.provider_ms,
        first_token_ms=None if offline else said.provider_ms / 2,
        tries=[failed] if offline else [failed, good] if said.minute == 9 else [good],
        appended_at=at,
        deadline_at=at + 30_000_000,
        task="explain",
        emotion=_emotion(said),
        plan=_plan(),
    )


def _attempt(
    minute: int, learner: str, concept: str, item: str, correct: bool, hints: int, expected: float
) -> Iterator[tuple[Topic, int, Event]]:
    at = START + minute * MINUTE
    what = {"concept_id": concept, "item_id": item}
    yield (
        topics.ATTEMPTS,
        at,
        _of(learner, "Attempt", at, **what, correct=correct, hints_used=hints, duration_ms=20_000 + 1000 * minute),
    )
    yield (
        topics.LEARNING_EVENTS,
        at + 6000,
        _of(
            learner,
            "LearningEvent",
            at,
            **what,
            kind="attempt_predicted",
            model="blend-1",
            predicted=expected,
            outcome=float(correct),
        ),
    )


def _profile(learner: str) -> tuple[Topic, int, Event]:
    at = START + 60 * MINUTE
    tried = [row for row in TRIED if row[1] == learner]
    concepts = [
        {
            "concept_id": concept,
            "attempts": sum(row[2] == concept for row in tried),
            "correct": sum(row[2] == concept and row[4] for row in tried),
            "p_correct": p_correct,
            "uncertainty": uncertainty,
            "mastered": p_correct >= 0.8,
            "last_attempt_at": START + max(row[0] for row in tried if row[2] == concept) * MINUTE,
            "retrievability": retrievability,
            "due_at": None,
        }
        for concept, p_correct, uncertainty, retrievability in KNOWN[learner]
    ]
    snapshot = _of(
        learner,
        "LearnerProfile",
        at,
        revision=len(tried) + sum(said.learner == learner for said in SAID),
        messages=sum(said.learner == learner for said in SAID),
        attempts=len(tried),
        correct=sum(row[4] for row in tried),
        concepts=concepts,
    )
    return topics.PROFILES, at, snapshot


def _windows() -> Iterator[tuple[Topic, int, Event]]:
    """One-minute windows of attempts per concept: an update, and the record that closes the window."""
    for minute, _, concept, _, correct, hints, _ in TRIED:
        start = START + minute * MINUTE
        for revision, final in ((1, False), (2, True)):
            closed_at = start + (MINUTE if not final else 4 * MINUTE)
            body = event(
                "Aggregate",
                minute,
                sparse=True,
                event_id=identity("window", concept, minute, revision),
                tenant_id=TENANT,
                kind="concept",
                dimension=concept,
                window_start=start,
                window_s=60,
                final=final,
                revision=revision,
                source_partition=0,
                counts={"events": 1, "attempts": 1, "correct": int(correct), "hints": hints},
                late=0,
            )
            yield topics.AGGREGATES, closed_at, body

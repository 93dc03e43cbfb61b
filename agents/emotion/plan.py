"""What the reply should do with a reading, as data, and which encouragement works for this learner."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agents.emotion.scorer import EmotionScores
from agents.emotion.trend import EmotionBaseline, trend_of
from schemas.readings import OFF

ENCOURAGEMENTS: Final = ("praise_effort", "normalise_difficulty", "recall_progress", "offer_choice")

EncouragementRecord = dict[str, dict[str, float]]


@dataclass(frozen=True)
class ReplyPlan:
    """Field by field what the schema's ReplyPlan says, and the encouragement to use, if any."""

    tone: str = "neutral"
    pace: str = "same"
    acknowledge: bool = False
    smaller_steps: bool = False
    suggest_break: bool = False
    challenge: bool = False
    reasons: list[str] = field(default_factory=list)
    encouragement: str | None = None

    def as_record(self) -> dict[str, Any]:
        """The record of the ScoredMessage schema."""
        return {
            "tone": self.tone,
            "pace": self.pace,
            "acknowledge": self.acknowledge,
            "smaller_steps": self.smaller_steps,
            "suggest_break": self.suggest_break,
            "challenge": self.challenge,
            "reasons": [*self.reasons],
            "encouragement": self.encouragement,
        }


@dataclass(frozen=True)
class PlanRules:
    """From which probability on a state shapes the reply."""

    strong: float = 0.6
    some: float = 0.45
    long_spell: int = 5
    sure: float = 0.25


RULES: Final = PlanRules()


def plan(
    scores: EmotionScores,
    state: EmotionBaseline,
    encouragements: EncouragementRecord | None = None,
    rules: PlanRules = RULES,
) -> ReplyPlan:
    """The plan for the reply to the message just scored; `state` is the learner's after it.

    A crisis asks for a calm acknowledgement and nothing else; a text that can't be read asks for nothing.
    """
    if scores.crisis:
        return ReplyPlan(tone="calm", pace="slower", acknowledge=True, reasons=["crisis language"])
    if scores.cant_tell:
        why = "scoring is off" if scores.model == OFF else "the text does not allow a reading"
        return ReplyPlan(reasons=[why])
    states = scores.states
    spell, length = state["spell"], state["spell_messages"]
    change = trend_of(state)
    reasons = []
    tone, pace = "neutral", "same"
    acknowledge = smaller = rest = challenge = False

    def said(name: str, limit: float) -> bool:
        if states[name] < limit:
            return False
        reasons.append(f"{name} {states[name]:.2f}")
        return True

    if said("frustrated", rules.strong) or spell == "frustration" or said("anxious", rules.strong):
        tone, pace, acknowledge, smaller = "calm", "slower", True, True
    elif said("confused", rules.some) or spell == "confusion":
        tone, pace, smaller = "warm", "slower", True
        acknowledge = spell == "confusion"
    elif said("bored", rules.strong) or spell == "boredom":
        tone, pace = "brisk", "faster"
        challenge = states["confused"] < rules.some and states["frustrated"] < rules.some
    elif said("confident", rules.strong):
        tone, challenge = "encouraging", change.get("frustrated", 0.0) <= 0.1
    elif said("engaged", rules.strong):
        tone = "encouraging"
    elif scores.valence < -0.2 and scores.confidence >= rules.sure:
        tone = "warm"
        reasons.append(f"valence {scores.valence:.2f}")
    if spell is not None:
        reasons.append(f"{spell} for {length} messages")
        rest = spell == "frustration" and length >= rules.long_spell
    chosen = best_encouragement(encouragements or {}) if acknowledge or smaller else None
    return ReplyPlan(tone, pace, acknowledge, smaller, rest, challenge, reasons, chosen)


def respond(
    scores: EmotionScores, state: EmotionBaseline, rules: PlanRules = RULES
) -> tuple[ReplyPlan, EmotionBaseline]:
    """The plan for the reply, and the learner's state with what was learned about encouragement.

    If the last plan encouraged the learner, this message tells how that worked; if this one does, the next will.
    """
    record = state["encouragements"]
    now = {**scores.states, "valence": scores.valence}
    if state["encouraged"] is not None and not scores.cant_tell:
        record = learn_encouragement(record, state["encouraged"], encouragement_gain(state["encouraged_from"], now))
    chosen = plan(scores, state, record, rules)
    if chosen.encouragement is not None:
        pending, since = chosen.encouragement, now
    elif scores.cant_tell:
        pending, since = state["encouraged"], state["encouraged_from"]
    else:
        pending, since = None, {}
    new = {**state, "encouragements": record, "encouraged": pending, "encouraged_from": since}
    return chosen, new


def best_encouragement(record: EncouragementRecord) -> str:
    """The encouragement with the highest upper confidence bound; untried ones come first, in order.

    UCB1 (Auer, Cesa-Bianchi & Fischer, Machine Learning 47, 2002): the same record gives the same choice, so a
    replay makes the same plan.
    """
    total = sum(entry["tries"] for entry in record.values())

    def bound(kind: str) -> float:
        entry = record.get(kind)
        if entry is None or entry["tries"] <= 0:
            return math.inf
        return entry["gain"] / entry["tries"] + 0.5 * math.sqrt(2.0 * math.log(max(total, 2.0)) / entry["tries"])

    return max(ENCOURAGEMENTS, key=bound)


def encouragement_gain(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """How much better the next message reads, 0 to 1 with 0.5 for no change.

    `before`, `after`: valence and the learning states. Counts valence, frustration, anxiety and engagement.
    """
    change = (
        (after.get("valence", 0.0) - before.get("valence", 0.0)) / 2
        - (after.get("frustrated", 0.0) - before.get("frustrated", 0.0))
        - 0.5 * (after.get("anxious", 0.0) - before.get("anxious", 0.0))
        + 0.5 * (after.get("engaged", 0.0) - before.get("engaged", 0.0))
    )
    return min(1.0, max(0.0, 0.5 + change / 3))


def learn_encouragement(
    record: EncouragementRecord, kind: str, gain: float, memory: float = 0.95
) -> EncouragementRecord:
    """A new record after encouragement `kind` was followed by `gain`; older tries fade by `memory` each time.

    Raises `ValueError` for a kind that is not in `ENCOURAGEMENTS` or a gain outside [0, 1].
    """
    if kind not in ENCOURAGEMENTS:
        raise ValueError(f"unknown encouragement {kind!r}: use one of {', '.join(ENCOURAGEMENTS)}")
    if not 0.0 <= gain <= 1.0:
        raise ValueError(f"gain {gain} is outside [0, 1]")
    faded = {name: {"tries": entry["tries"] * memory, "gain": entry["gain"] * memory} for name, entry in record.items()}
    entry = faded.setdefault(kind, {"tries": 0.0, "gain": 0.0})
    entry["tries"] += 1.0
    entry["gain"] += gain
    return faded

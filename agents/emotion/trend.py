"""A learner's emotional baseline over event time: averages, spells and the triggers that follow from them.

The state is a plain dictionary that survives JSON; `update` never changes the one it is given.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.emotion.scorer import EmotionScores
from agents.emotion.states import STATES

VERSION: Final = 1
TRACKED: Final = (*STATES, "valence")
SPELL_OF: Final = {"frustrated": "frustration", "confused": "confusion", "bored": "boredom"}

EmotionBaseline = dict[str, Any]


@dataclass(frozen=True)
class TrendRules:
    """What counts as a change. Half-lives and gaps are in seconds of event time.

    A spell begins when a state's level, its average over the last few messages, reaches `enter`, and ends when it falls
    below `leave`: one message is never enough for either. Where two states reach it, frustration goes first.
    """

    baseline_half_life: float = 7 * 86400.0
    recent_half_life: float = 300.0
    baseline_weight: float = 0.1
    recent_weight: float = 0.45
    level_weight: float = 0.45
    enter: float = 0.5
    leave: float = 0.3
    spell_gap: float = 1800.0
    rise: float = 0.2
    disengaged_drop: float = 0.25
    cooldown: float = 600.0
    crisis_cooldown: float = 0.0
    shift_drift: float = 0.15
    shift_threshold: float = 1.0


RULES: Final = TrendRules()


@dataclass(frozen=True)
class Trigger:
    """An intervention to raise: its kind, how urgent, one line for people, and the figures behind it."""

    kind: str
    severity: str
    text: str
    evidence: dict[str, float]


def fresh() -> EmotionBaseline:
    """The state of a learner never seen before."""
    return {
        "version": VERSION,
        "messages": 0,
        "at": None,
        "baseline": {},
        "recent": {},
        "spell": None,
        "spell_messages": 0,
        "spell_since": None,
        "spell_peak": 0.0,
        "level": {},
        "quiet_until": {},
        "shift_up": 0.0,
        "shift_down": 0.0,
        "shifts": 0,
        "shift_at": None,
        "encouragements": {},
        "encouraged": None,
        "encouraged_from": {},
    }


def _weight(base: float, half_life: float, gap: float) -> float:
    """Share of the new value: at least `base`, nearing 1 as the last value ages."""
    return 1.0 - (1.0 - base) * math.exp(-math.log(2.0) * gap / half_life)


def baseline_of(state: EmotionBaseline) -> dict[str, float]:
    """Running mean per state and valence, before the next message; empty for a new learner."""
    return dict(state["baseline"])


def trend_of(state: EmotionBaseline) -> dict[str, float]:
    """Recent level less the baseline, same keys."""
    return {key: state["recent"][key] - value for key, value in state["baseline"].items()}


def _readings(scores: EmotionScores) -> dict[str, float]:
    return {**{name: scores.states.get(name, 0.0) for name in STATES}, "valence": scores.valence}


def _moved(state: EmotionBaseline, now: Mapping[str, float], gap: float, rules: TrendRules) -> None:
    count = state["messages"]
    # The first messages form the baseline as a plain mean, so that one message does not decide it.
    slow = max(1.0 / (count + 1), _weight(rules.baseline_weight, rules.baseline_half_life, gap))
    quick = 1.0 if count == 0 else _weight(rules.recent_weight, rules.recent_half_life, gap)
    state["baseline"] = {
        key: value + slow * (now[key] - value)
        for key, value in ((key, state["baseline"].get(key, now[key])) for key in TRACKED)
    }
    state["recent"] = {
        key: value + quick * (now[key] - value)
        for key, value in ((key, state["recent"].get(key, now[key])) for key in TRACKED)
    }


def _shifted(state: EmotionBaseline, surprise: float, at: float, rules: TrendRules) -> int:
    """Page's cumulative sums on valence less its baseline; -1 or 1 when a change point is reached, else 0."""
    up = max(0.0, state["shift_up"] + surprise - rules.shift_drift)
    down = max(0.0, state["shift_down"] - surprise - rules.shift_drift)
    direction = 1 if up > rules.shift_threshold else -1 if down > rules.shift_threshold else 0
    if direction:
        up = down = 0.0
        state["shifts"] += 1
        state["shift_at"] = at
    state["shift_up"], state["shift_down"] = up, down
    return direction


def _leave_spell(state: EmotionBaseline) -> None:
    state.update(spell=None, spell_messages=0, spell_since=None, spell_peak=0.0)


def _spells(state: EmotionBaseline, now: Mapping[str, float], at: float, rules: TrendRules) -> str | None:
    """Move the levels and the spell on; returns the spell that just ended in recovery, if one did.

    Frustration takes over from confusion and boredom, which often lead to it and stay beside it.
    """
    level = {name: state["level"].get(name, 0.0) for name in SPELL_OF}
    level = {name: value + rules.level_weight * (now[name] - value) for name, value in level.items()}
    state["level"] = level
    frustrated = level["frustrated"] >= rules.enter
    if state["spell"] is not None and not (frustrated and state["spell"] != SPELL_OF["frustrated"]):
        cause = next(name for name, spell in SPELL_OF.items() if spell == state["spell"])
        if level[cause] < rules.leave:
            ended: str = state["spell"]
            _leave_spell(state)
            return ended
        state["spell_messages"] += 1
        state["spell_peak"] = max(state["spell_peak"], level[cause])
        return None
    cause = "frustrated" if frustrated else max(SPELL_OF, key=lambda name: level[name])
    if level[cause] >= rules.enter:
        state.update(spell=SPELL_OF[cause], spell_messages=1, spell_since=at, spell_peak=level[cause])
    return None


def _quiet(state: EmotionBaseline, kind: str, at: float, cooldown: float) -> bool:
    """Whether `kind` was raised so lately that it stays quiet; if not, note that it is raised now."""
    if at < state["quiet_until"].get(kind, -math.inf):
        return True
    state["quiet_until"][kind] = at + cooldown
    return False


def update(
    state: EmotionBaseline | None,
    scores: EmotionScores,
    sent_at: datetime,
    rules: TrendRules = RULES,
) -> tuple[EmotionBaseline, list[Trigger]]:
    """The state after one message, and the interventions it calls for.

    `sent_at` is the event's clock; a message older than the last one counts as sent at the same moment. A message
    that can't be read moves nothing except that crisis language always raises its trigger.
    """
    old = state if state is not None and state.get("version") == VERSION else fresh()
    new: EmotionBaseline = {key: dict(value) if isinstance(value, dict) else value for key, value in old.items()}
    at = sent_at.timestamp()
    last = new["at"]
    at = at if last is None else max(at, last)
    gap = 0.0 if last is None else at - last
    new["at"] = at
    triggers: list[Trigger] = []
    if scores.crisis and not _quiet(new, "crisis", at, rules.crisis_cooldown):
        triggers.append(
            Trigger("crisis", "urgent", "The learner's words speak of self-harm or a crisis.", {"crisis": 1.0})
        )
    if scores.cant_tell:
        return new, triggers
    now = _readings(scores)
    if new["spell"] is not None and gap > rules.spell_gap:
        # Nothing says that a mood lasted through a pause; a spell that ends so is no recovery either.
        _leave_spell(new)
    if gap > rules.spell_gap:
        new["level"] = {}
        # Nor does the next message, a day or a month later, say whether an encouragement helped.
        new["encouraged"], new["encouraged_from"] = None, {}
    before, was_spell = dict(new["baseline"]), new["spell"]
    ended = _spells(new, now, at, rules)
    surprise = now["valence"] - before.get("valence", now["valence"])
    direction = _shifted(new, surprise, at, rules)
    _moved(new, now, gap, rules)
    triggers += _triggers(new, before, now, was_spell, ended, direction, at, rules)
    new["messages"] += 1
    return new, triggers


def _triggers(
    state: EmotionBaseline,
    before: Mapping[str, float],
    now: Mapping[str, float],
    was_spell: str | None,
    ended: str | None,
    direction: int,
    at: float,
    rules: TrendRules,
) -> list[Trigger]:
    found = []
    recent = state["recent"]
    evidence = {"valence": now["valence"], "valence_baseline": before.get("valence", 0.0)}
    entered = state["spell"] if state["spell"] != was_spell else None
    rising = recent["frustrated"] - before.get("frustrated", 0.0)
    if (
        entered == "frustration"
        and (rising >= rules.rise or state["messages"] < 3)
        and not _quiet(state, "frustration_rising", at, rules.cooldown)
    ):
        found.append(
            Trigger(
                "frustration_rising",
                "attention",
                "Frustration is rising above the learner's own baseline.",
                {**evidence, "frustrated": now["frustrated"], "baseline": before.get("frustrated", 0.0)},
            )
        )
    dropped = before.get("engaged", 0.0) - recent["engaged"]
    bored = entered == "boredom"
    if (bored or (direction < 0 and dropped >= rules.disengaged_drop)) and not _quiet(
        state, "disengagement", at, rules.cooldown
    ):
        found.append(
            Trigger(
                "disengagement",
                "attention",
                "The learner is losing interest.",
                {**evidence, "bored": now["bored"], "engaged": now["engaged"], "drop": dropped},
            )
        )
    if ended in ("frustration", "confusion") and not _quiet(state, "recovery", at, rules.cooldown):
        found.append(
            Trigger(
                "recovery",
                "info",
                f"A spell of {ended} is over.",
                {**evidence, "frustrated": now["frustrated"], "confused": now["confused"]},
            )
        )
    return found

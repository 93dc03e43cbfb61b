"""The standing decision: what comes next for a learner, and why.

In order: a review that is due, at the start of a session or between two concepts; moving on from what is mastered;
an example or an explanation after errors; otherwise practice near the target success rate.
"""

from hashlib import blake2b
from math import log
from typing import Any

from agents.profile.concepts import Concept
from agents.profile.knowledge.effects import sigmoid
from agents.profile.memory import retrievability
from agents.profile.path.plan import plan
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.traits import LONG, SHORT, difference
from config.curriculum import Item

NextStep = dict[str, Any]

TARGET = 0.7
LOWEST_TARGET, HIGHEST_TARGET = 0.5, 0.9
ERRORS_TO_EXAMPLE = 2
ERRORS_TO_EXPLAIN = 4
WEAK = 0.6
START_OF_SESSION = 2
"""A review may come first while the session has at most this many attempts."""
PATH_MINUTES = 90.0
PATH_KEPT = 6
RECENT_ITEMS = 8
MAX_ITEM_CHARS = 64
REPEAT_PENALTY = 0.25
RISK_OF_GIVING_UP = 0.35
CLEAR = 1.0
"""Standard errors by which a preference must differ from nothing before it is followed."""


def decide(state: ProfileState, shared: Shared, now: int, risk: float) -> NextStep | None:
    """What comes next; None where there is neither a history nor a curriculum. `risk`: of giving up now."""
    reasons: list[str] = []
    kind, name = _what(state, shared, now, reasons)
    if name is None:
        return None
    concept = state.concepts.get(name)
    target = _target(state, concept, risk, reasons)
    item, expected = None, _expected(concept)
    if kind in ("practice", "review", "move_on"):
        item, expected = _item(state, shared, name, target, expected)
    return {
        "kind": kind,
        "concept_id": name,
        "item_id": item,
        "target_success": target,
        "predicted_success": round(expected, 4),
        "depth": _depth(state, expected, reasons),
        "step_size": _step_size(concept, expected, risk, reasons),
        "reasons": reasons,
    }


def changed(before: NextStep | None, after: NextStep | None) -> bool:
    """Whether the decision is another one; another item or other figures for the same one do not count."""
    if before is None or after is None:
        return before is not after
    return bool(
        before["kind"] != after["kind"]
        or before["concept_id"] != after["concept_id"]
        or before["depth"] != after["depth"]
        or before["step_size"] != after["step_size"]
    )


def note_item(state: ProfileState, item_id: str) -> None:
    """Remember that an item was tried, so that it does not come again at once."""
    recent, mark = state.recent_items, _mark(item_id)
    if mark in recent:
        recent.remove(mark)
    recent.append(mark)
    del recent[:-RECENT_ITEMS]


def _mark(item_id: str) -> str:
    """What is kept of an item's id: a long one's hash."""
    return item_id if len(item_id) <= MAX_ITEM_CHARS else blake2b(item_id.encode(), digest_size=16).hexdigest()


def _expected(concept: Concept | None) -> float:
    return 0.5 if concept is None else concept.p


def _what(state: ProfileState, shared: Shared, now: int, reasons: list[str]) -> tuple[str, str | None]:
    focus = state.focus
    concept = state.concepts.get(focus) if focus else None
    between = concept is None or bool(concept.mastered)
    if between or state.session.attempts <= START_OF_SESSION:
        due = _most_due(state, now)
        if due is not None:
            name, recall = due
            reasons.append(f"due for review: recall of {name} is down to {recall:.0%}")
            return "review", name
    if focus is None or between:
        following = _following(state, shared, now)
        if following is None:
            weakest = state.concepts.weakest(now, focus)
            if weakest is not None:
                reasons.append(f"the whole path is mastered; {weakest} is the least firm")
            return "review", weakest
        if focus is None or concept is None or not concept.mastered:
            reasons.append(f"{following} is the first step of the learning path")
            return ("explain" if following not in state.concepts else "practice"), following
        reasons.append(f"{focus} is mastered; {following} is next on the learning path")
        return "move_on", following
    assert concept is not None
    errors = -concept.streak
    if errors >= ERRORS_TO_EXAMPLE:
        weak = _weak_prerequisite(state, shared, focus)
        if weak is not None and errors > ERRORS_TO_EXAMPLE:
            reasons.append(f"{errors} errors in a row, and {weak}, which it requires, is not firm")
            return "practice", weak
        kind = "explain" if errors >= ERRORS_TO_EXPLAIN else "worked_example"
        reasons.append(f"{errors} errors in a row on {focus}")
        return kind, focus
    reasons.append(f"{focus} is known with {concept.known:.0%}")
    return "practice", focus


def note_due(state: ProfileState, name: str, concept: Concept) -> None:
    """Keep track of the earliest review, after an attempt on `concept`."""
    if state.review == name:
        state.review = None
    if concept.mastered:
        state.next_due = min(state.next_due, concept.due_at) if state.next_due else concept.due_at


def _most_due(state: ProfileState, now: int) -> tuple[str, float] | None:
    """The mastered concept that is due and least likely to be recalled. It stands until it was tried."""
    if state.review is None:
        if state.next_due == 0 or now < state.next_due:
            return None
        state.review, state.next_due = state.concepts.most_due(now)
    if state.review is None:
        return None
    concept = state.concepts.get(state.review)
    recall = None if concept is None else retrievability(concept, now)
    if recall is None:
        state.review = None
        return None
    return state.review, recall


def _following(state: ProfileState, shared: Shared, now: int) -> str | None:
    """The next concept of the kept path, made anew when it is used up."""
    for name in state.path:
        # A path outlives a curriculum: what was taken out of it can't be practised any more.
        if name in shared.curriculum.concepts and not state.concepts.is_mastered(name):
            return name
    if not shared.curriculum.concepts:
        return None
    known: dict[str, float] = {}
    mastered: list[str] = []
    for name in shared.curriculum.concepts:
        concept = state.concepts.get(name)
        if concept is not None:
            known[name] = concept.known
        if state.concepts.is_mastered(name):
            mastered.append(name)
    if known or mastered:
        state.path = plan(shared.curriculum, known, mastered, {}, PATH_MINUTES)[:PATH_KEPT]
    else:
        # The same for everyone who begins, and all of them begin here.
        if shared.first_path is None:
            shared.first_path = plan(shared.curriculum, {}, [], {}, PATH_MINUTES)[:PATH_KEPT]
        state.path = list(shared.first_path)
    if not state.path:
        left = [name for name in shared.curriculum.concepts if name not in mastered]
        state.path = left[:1]
    return state.path[0] if state.path else None


def _weak_prerequisite(state: ProfileState, shared: Shared, name: str) -> str | None:
    """The least known direct prerequisite that is not firm; one that was never practised is half known."""
    weakest: tuple[float, str] | None = None
    for before in shared.curriculum.requires(name):
        if state.concepts.is_mastered(before):
            continue
        concept = state.concepts.get(before)
        known = 0.5 if concept is None else concept.known
        if known < WEAK and (weakest is None or known < weakest[0]):
            weakest = (known, before)
    return None if weakest is None else weakest[1]


def _target(state: ProfileState, concept: Concept | None, risk: float, reasons: list[str]) -> float:
    """The success rate to aim for: higher when things go badly, lower when they are too easy."""
    target = TARGET
    mood = state.mood
    if risk > RISK_OF_GIVING_UP:
        target += 0.08
        reasons.append(f"risk of giving up {risk:.0%}: easier questions")
    if mood.get("frustrated", 0.0) > 0.4:
        target += 0.07
        reasons.append("often frustrated of late: easier questions")
    elif mood.get("bored", 0.0) > 0.4:
        target -= 0.08
        reasons.append("often bored of late: harder questions")
    if concept is not None and concept.streak >= 4:
        target -= 0.07
        reasons.append(f"{concept.streak} right in a row: harder questions")
    return round(min(max(target, LOWEST_TARGET), HIGHEST_TARGET), 3)


def _item(state: ProfileState, shared: Shared, name: str, target: float, expected: float) -> tuple[str | None, float]:
    """The concept's item whose expected success is nearest to the target, those tried lately put back.

    An item is expected to be right with `σ(logit(p) − difficulty)`, p the concept's and the difficulty against the
    mean of the concept's items.
    """
    concept = shared.curriculum.concepts.get(name)
    if concept is None or not concept.items:
        return None, expected
    level = log(min(max(expected, 0.02), 0.98) / (1.0 - min(max(expected, 0.02), 0.98)))
    difficulties = shared.difficulties(concept)
    best: tuple[float, Item, float] | None = None
    recent = state.recent_items
    for item, difficulty in zip(concept.items, difficulties, strict=True):
        p = sigmoid(level - difficulty)
        off = abs(p - target)
        mark = _mark(item.id)
        if mark in recent:
            off += REPEAT_PENALTY * (1.0 + recent.index(mark)) / RECENT_ITEMS
        if best is None or off < best[0]:
            best = (off, item, p)
    assert best is not None
    return best[1].id, best[2]


def _depth(state: ProfileState, expected: float, reasons: list[str]) -> str:
    level = 1
    if expected < 0.45 or state.mood.get("confused", 0.0) > 0.4:
        level = 2
    elif expected > 0.85:
        level = 0
    preference = difference(state.sums, LONG, SHORT)
    if preference is not None and abs(preference[0]) > CLEAR * preference[1]:
        level += 1 if preference[0] > 0.0 else -1
        reasons.append(f"{'long' if preference[0] > 0.0 else 'short'} explanations have served this learner better")
    return ("brief", "normal", "thorough")[min(max(level, 0), 2)]


def _step_size(concept: Concept | None, expected: float, risk: float, reasons: list[str]) -> str:
    if risk > RISK_OF_GIVING_UP or (concept is not None and concept.streak <= -ERRORS_TO_EXAMPLE):
        return "small"
    if concept is not None and concept.streak >= 4 and expected > 0.85:
        return "large"
    return "normal"

"""Rewards: each reply's decision waits in the learner's row for what follows, and gets one Reward.

A decision closes with the first of: a graded outcome on what it was about; feedback on it; two further replies;
the end of the session; half an hour of event time.
"""

from typing import Any

import orjson

from agents.profile.events import STAGE, derived
from agents.profile.state import ProfileState
from agents.profile.traits import note_reply_worth
from schemas.codec import Event

WINDOW = 30 * 60 * 1_000_000
"""Event time, microseconds, in which what follows counts as caused by a decision."""
LATER_REPLIES = 2
MAX_PENDING_BYTES = 2560
MAX_CONCEPTS = 8

WEIGHTS = {"outcome": 0.5, "feedback": 0.3, "confusion_resolved": 0.2}
"""Of the parts of a value; those that are missing leave their weight to the others."""
COST_WEIGHT = 0.05
COST_SCALE_USD = 0.01
LATENCY_WEIGHT = 0.05
LATENCY_SCALE_MS = 10_000.0

EARLIER_CREDIT = 0.5
"""Share of an outcome that the reply before the last matching one gets, again for each earlier one."""

FEEDBACK = {"HELPFUL": 1.0, "UNHELPFUL": -1.0, "CONFUSED": -0.7}

Pending = dict[str, Any]


def await_reward(state: ProfileState, response: Event) -> list[Event]:
    """Keep the decision behind `response` until something follows. Returns the rewards of those whose room it took."""
    emotion = response["emotion"]
    decision = response["decision"]
    pending: Pending = {
        "response": response["response_id"],
        "message": response["message_id"],
        "learner": (response["tenant_id"], response["learner_id"]),
        "at": response["sent_at"],
        "session": response["session_id"],
        "course": response["course_id"],
        "provider": response["provider"],
        "policy": decision["policy"],
        "task": response["task"],
        "features": decision["features"],
        "propensity": decision["propensity"],
        "layers": layer_shares(response["prompt"]),
        "weights": response.get("layer_weights", {}) if response["source"] == "PROVIDER" else {},
        "concepts": response["concepts"][:MAX_CONCEPTS],
        "item": response["item_id"],
        "confused": None if emotion["cant_tell"] else emotion["states"].get("confused"),
        "cost": response["cost_usd"],
        "ms": response["provider_ms"],
        "tokens": response["completion_tokens"],
        "form": None if state.next_step is None else state.next_step["kind"],
        "resolved": None,
        "later": 0,
    }
    size = len(orjson.dumps(pending))
    while size > MAX_PENDING_BYTES and pending["features"]:
        # A decision with more features than a learner's row has room for keeps the first half of them.
        names = list(pending["features"])
        pending["features"] = {name: pending["features"][name] for name in names[: len(names) // 2]}
        size = len(orjson.dumps(pending))
    while size > MAX_PENDING_BYTES and len(pending["concepts"]) > 1:
        # Names may be long, and of several the first is what it is about most.
        pending["concepts"].pop()
        size = len(orjson.dumps(pending))
    pending["bytes"] = size
    rewards = []
    while state.pending and size + sum(one["bytes"] for one in state.pending) > MAX_PENDING_BYTES:
        rewards.append(_unanswered(state, state.pending.pop(0), response["sent_at"]))
    state.pending.append(pending)
    return rewards


def note_reply(state: ProfileState, response: Event) -> list[Event]:
    """What a further message says of the replies before it: was a confusion resolved? Closes those long past."""
    emotion = response["emotion"]
    now = None if emotion["cant_tell"] else emotion["states"].get("confused")
    rewards = []
    waiting = []
    for pending in state.pending:
        before = pending["confused"]
        if pending["later"] == 0 and before is not None and now is not None:
            pending["resolved"] = before - now
        pending["later"] += 1
        if pending["later"] >= LATER_REPLIES:
            rewards.append(_unanswered(state, pending, response["sent_at"]))
        else:
            waiting.append(pending)
    state.pending = waiting
    return rewards


def note_outcome(state: ProfileState, attempt: Event, expected: float) -> list[Event]:
    """Rewards of the decisions that `attempt` is an outcome of: by message, by item, or by concept.

    The part `outcome` is `correct − expected`, so that a provider earns nothing from questions that were easy
    for the learner; earlier matching replies get `EARLIER_CREDIT` of it each.
    """
    matching = [pending for pending in state.pending if _is_about(pending, attempt)]
    if not matching:
        return []
    state.pending = [pending for pending in state.pending if pending not in matching]
    surprise = (1.0 if attempt["correct"] else 0.0) - expected
    rewards = []
    for pending in reversed(matching):
        rewards.append(_close(state, pending, attempt["sent_at"], "outcome", {"outcome": surprise}))
        surprise *= EARLIER_CREDIT
    rewards.reverse()
    return rewards


def _is_about(pending: Pending, attempt: Event) -> bool:
    if attempt["message_id"] is not None:
        return bool(pending["message"] == attempt["message_id"])
    if attempt["sent_at"] < pending["at"]:
        # Answered before the reply was there, and read after it: the topics are read side by side.
        return False
    return pending["item"] == attempt["item_id"] or attempt["concept_id"] in pending["concepts"]


def note_feedback(state: ProfileState, feedback: Event) -> list[Event]:
    """The reward of the decision that `feedback` is on, where it still waits."""
    rating = feedback["rating"]
    value = FEEDBACK.get(feedback["kind"])
    if rating is not None:
        value = (min(max(rating, 1), 5) - 3) / 2
    if value is None:
        return []
    rewards = []
    for position, pending in enumerate(state.pending):
        if pending["message"] == feedback["message_id"]:
            rewards.append(_close(state, pending, feedback["sent_at"], "feedback", {"feedback": value}))
            del state.pending[position]
            break
    return rewards


def close_overdue(state: ProfileState, now: int) -> list[Event]:
    """Rewards of the decisions that nothing followed within `WINDOW` before `now` (event time, microseconds)."""
    # The oldest need not stand first: replies come in the order of messages, whatever their clocks say.
    if not any(one["at"] + WINDOW < now for one in state.pending):
        return []
    rewards = [_unanswered(state, one, one["at"] + WINDOW) for one in state.pending if one["at"] + WINDOW < now]
    state.pending = [one for one in state.pending if one["at"] + WINDOW >= now]
    return rewards


def close_session(state: ProfileState, session_id: str | None, now: int) -> list[Event]:
    """Rewards of what waits in a session that ended at `now`; of all that was decided till then where it has no id."""
    ending = [
        one
        for one in state.pending
        if one["at"] <= now and (session_id is None or one["session"] in (None, session_id))
    ]
    state.pending = [one for one in state.pending if one not in ending]
    return [_unanswered(state, one, now) for one in ending]


def _unanswered(state: ProfileState, pending: Pending, now: int) -> Event:
    return _close(state, pending, now, "timeout" if pending["resolved"] is None else "follow_up", {})


def _close(state: ProfileState, pending: Pending, now: int, closed_by: str, parts: dict[str, float]) -> Event:
    components = dict(parts)
    if pending["resolved"] is not None:
        components["confusion_resolved"] = pending["resolved"]
    weight = sum(WEIGHTS[name] for name in components)
    value = sum(WEIGHTS[name] * part for name, part in components.items()) / weight if weight else 0.0
    if components:
        note_reply_worth(state.sums, pending["tokens"], pending["form"], value)
    components["cost"] = -min(pending["cost"] / COST_SCALE_USD, 1.0)
    components["latency"] = -min(pending["ms"] / LATENCY_SCALE_MS, 1.0)
    value += COST_WEIGHT * components["cost"] + LATENCY_WEIGHT * components["latency"]
    response = pending["response"]
    tenant, learner = pending["learner"]
    return {
        # From the decision alone: whatever closes it, there is one reward.
        "event_id": derived(response, STAGE, "reward"),
        "tenant_id": tenant,
        "learner_id": learner,
        "session_id": pending["session"],
        "course_id": pending["course"],
        "sent_at": now,
        "message_id": pending["message"],
        "response_id": response,
        "value": min(max(value, -1.0), 1.0),
        "components": components,
        "closed_by": closed_by,
        "elapsed_s": max(now - pending["at"], 0) / 1e6,
        "provider": pending["provider"],
        "policy": pending["policy"],
        "task": pending["task"],
        "features": pending["features"],
        "propensity": pending["propensity"],
        "layers": pending["layers"],
        # A decision that waits since before weights were learned has none.
        "layer_weights": pending.get("weights", {}),
    }


def layer_shares(prompt: list[dict[str, Any]]) -> dict[str, float]:
    """Share of the included tokens per layer of the prompt."""
    tokens: dict[str, int] = {}
    for piece in prompt:
        if piece["included"]:
            layer = piece["layer"]
            tokens[layer] = tokens.get(layer, 0) + piece["tokens"]
    total = sum(tokens.values())
    if total <= 0:
        return {}
    return {layer: round(count / total, 4) for layer, count in tokens.items()}

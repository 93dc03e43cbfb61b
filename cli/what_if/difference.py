"""What a change would have done, in numbers: recorded traffic beside the same traffic replayed with changes."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, quantiles
from typing import Any

from agents.routing.offpolicy import Estimate
from agents.routing.policies import Logged, as_logged, judge
from cli.what_if.compare import Difference, compare, settled
from cli.what_if.recording import Kept, Recording
from cli.what_if.run import Replayed
from schemas.codec import Event
from schemas.ids import learner_key

PLACE = re.compile(r"\[\d+\]")
MOST_EXAMPLES = 5


@dataclass(slots=True)
class Fidelity:
    """How much of what was recorded the unchanged replay made again.

    `of`, `same`: events by schema. `fields`: how often a field differed, such as `LearnerProfile.ability`.
    `examples`: the first differences.
    """

    of: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    examples: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether all of it."""
        return self.of == self.same

    def note(self, kind: str, found: Sequence[Difference]) -> None:
        """One event with its differences."""
        self.of[kind] += 1
        self.same[kind] += not found
        for one in found:
            self.fields[f"{kind}.{PLACE.sub('[]', one.path)}" if one.path else kind] += 1
        self.examples += found[: MOST_EXAMPLES - len(self.examples)]


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at: what was appended from `since` on (microseconds; None: all)."""

    since: int | None = None

    def holds(self, at: int) -> bool:
        """Whether it lies within."""
        return self.since is None or at >= self.since


def fidelity(recording: Recording, made: Replayed, window: Window) -> Fidelity:
    """The unchanged replay beside what was recorded."""
    found = Fidelity()
    for kind, id_, was, now in _pairs(recording, made, window):
        found.note(kind, list(compare(kind, id_, was, None if now is None else settled(kind, now))))
    return found


def _pairs(
    recording: Recording, made: Replayed, window: Window
) -> Iterable[tuple[str, str, Event | None, Event | None]]:
    for id_, scored in made.scored.items():
        if window.holds(recording.messages[id_].at):
            yield "ScoredMessage", id_, recording.scored[id_].event, scored
            yield "TutorResponse", id_, recording.responses[id_].event, made.routed[id_].carried
    for kept in _profiles(recording, window).values():
        event = kept.event
        yield "LearnerProfile", event["event_id"], event, made.profiles.get(event["event_id"])
    for id_, kept in recording.outputs.items():
        event = kept.event
        if _within(recording, id_, event, window) and _is_replayed(event, made):
            yield kept.topic.event, id_, event, made.outputs[id_][1] if id_ in made.outputs else None
    for id_, (kind, event) in made.outputs.items():
        if id_ not in recording.outputs and _within(recording, id_, event, window):
            yield kind, id_, None, event


def _profiles(recording: Recording, window: Window) -> dict[str, Kept]:
    """Those to be looked at whose cause is known, by event id."""
    return {
        event["event_id"]: kept
        for kept in recording.profiles
        if window.holds(kept.at)
        and recording.wanted(kept.key)
        and (event := kept.event)["caused_by"] in recording.inputs
    }


def _within(recording: Recording, id_: str, event: Event, window: Window) -> bool:
    """Whether an output is to be looked at: by when it was appended; what was never recorded, by its own time."""
    kept = recording.outputs.get(id_)
    key = learner_key(event["tenant_id"], event["learner_id"])
    return recording.wanted(key) and window.holds(kept.at if kept is not None else event["sent_at"])


def _is_replayed(event: Event, made: Replayed) -> bool:
    """Whether the message that an emotion's intervention belongs to could be replayed."""
    return event.get("source") != "emotion" or event["message_id"] in made.scored


def differences(recording: Recording, before: Replayed, after: Replayed, window: Window) -> list[Difference]:
    """Every field in which the changed replay differs from the unchanged one."""
    found: list[Difference] = []
    for id_, scored in after.scored.items():
        if window.holds(recording.messages[id_].at):
            found += compare("ScoredMessage", id_, before.scored[id_], scored)
            found += compare("TutorResponse", id_, before.routed[id_].shown, after.routed[id_].shown)
    looked_at = _profiles(recording, window)
    for id_ in [*before.profiles, *(one for one in after.profiles if one not in before.profiles)]:
        if id_ in looked_at:
            found += compare("LearnerProfile", id_, before.profiles.get(id_), after.profiles.get(id_))
    for id_ in [*before.outputs, *(one for one in after.outputs if one not in before.outputs)]:
        kind, event = before.outputs.get(id_) or after.outputs[id_]
        if _within(recording, id_, event, window):
            one, other = before.outputs.get(id_), after.outputs.get(id_)
            found += compare(kind, id_, one and one[1], other and other[1])
    return found


def summary(
    recording: Recording, before: Replayed, after: Replayed, found: Sequence[Difference], window: Window
) -> dict[str, Any]:
    """The numbers of the page, by what they are about; pairs are (recorded, what if)."""
    ids = [id_ for id_ in after.routed if window.holds(recording.messages[id_].at)]
    touched: dict[str, set[str]] = defaultdict(set)
    for one in found:
        touched[one.kind].add(one.id)
    return {
        "messages": len(ids),
        "learners": len({recording.messages[id_].key for id_ in ids}),
        "answers": _answers(ids, before, after),
        "cost": _cost(ids, before, after),
        "latency": _latency(ids, before, after),
        "emotions": _emotions(ids, before, after),
        "interventions": _interventions(recording, before, after, window),
        "predictions": _predictions(recording, before, after, window),
        "changed": {kind: len(names) for kind, names in sorted(touched.items())},
        "policy_value": policy_value(recording, ids, before, after),
    }


def _answers(ids: Sequence[str], before: Replayed, after: Replayed) -> dict[str, Any]:
    unknown = Counter(routed.unknown for id_ in ids if (routed := after.routed[id_]).unknown is not None)
    known = [id_ for id_ in ids if after.routed[id_].unknown is None]
    first = [Counter(_first(one.routed[id_].shown) for id_ in ids) for one in (before, after)]
    return {
        "same": sum(before.routed[id_].shown["text"] == after.routed[id_].shown["text"] for id_ in known),
        "other": sum(before.routed[id_].shown["text"] != after.routed[id_].shown["text"] for id_ in known),
        "unknown": dict(unknown),
        "asked": sum(after.routed[id_].asked for id_ in ids),
        "prompts_changed": sum(_prompt(before.routed[id_].shown) != _prompt(after.routed[id_].shown) for id_ in ids),
        "first_choice": {name: [one[name] for one in first] for name in sorted({*first[0], *first[1]})},
        "by_source": [dict(Counter(one.routed[id_].shown["source"] for id_ in ids)) for one in (before, after)],
    }


def _first(response: Event) -> str:
    candidates = response["decision"]["candidates"]
    return str(candidates[0]["provider"]) if candidates else "none"


def _prompt(response: Event) -> Any:
    return response["decision"]["features"].get("prompt"), [
        (piece["piece_id"], piece["text"]) for piece in response["prompt"] if piece["included"]
    ]


def _cost(ids: Sequence[str], before: Replayed, after: Replayed) -> dict[str, Any]:
    known = [id_ for id_ in ids if after.routed[id_].unknown is None]
    return {
        "usd": [sum(one.routed[id_].cost_usd for id_ in ids) for one in (before, after)],
        "known_usd": [sum(one.routed[id_].cost_usd for id_ in known) for one in (before, after)],
        "estimated": len(ids) - len(known),
    }


def _latency(ids: Sequence[str], before: Replayed, after: Replayed) -> dict[str, Any]:
    """Of the messages whose time is known in both."""
    known = [id_ for id_ in ids if after.routed[id_].ms is not None]
    times = [[float(one.routed[id_].ms or 0.0) for id_ in known] for one in (before, after)]
    return {
        "known": len(known),
        "mean_ms": [fmean(one) if one else None for one in times],
        "p95_ms": [quantiles(one, n=20, method="inclusive")[18] if len(one) > 1 else None for one in times],
    }


def _emotions(ids: Sequence[str], before: Replayed, after: Replayed) -> dict[str, Any]:
    emotions = [[one.scored[id_]["emotion"] for id_ in ids] for one in (before, after)]
    plans = [[one.scored[id_]["plan"] for id_ in ids] for one in (before, after)]
    states = sorted({name for side in emotions for one in side for name in one["states"]})
    means = {
        name: [fmean([one["states"].get(name, 0.0) for one in side]) if side else None for side in emotions]
        for name in states
    }
    means["valence"] = [fmean([one["valence"] for one in side]) if side else None for side in emotions]
    tones = [Counter(one["tone"] for one in side) for side in plans]
    return {
        "readings_changed": sum(one != other for one, other in zip(*emotions, strict=True)),
        "plans_changed": sum(one != other for one, other in zip(*plans, strict=True)),
        "means": means,
        "cant_tell": [sum(one["cant_tell"] for one in side) for side in emotions],
        "in_a_spell": [sum(one["spell"] is not None for one in side) for side in emotions],
        "tones": {name: [one[name] for one in tones] for name in sorted({*tones[0], *tones[1]})},
    }


def _interventions(recording: Recording, before: Replayed, after: Replayed, window: Window) -> dict[str, list[int]]:
    """How many of each kind."""
    counts = [
        Counter(
            event["kind"]
            for id_, (kind, event) in one.outputs.items()
            if kind == "Intervention" and _within(recording, id_, event, window)
        )
        for one in (before, after)
    ]
    return {name: [one[name] for one in counts] for name in sorted({*counts[0], *counts[1]})}


def _predictions(recording: Recording, before: Replayed, after: Replayed, window: Window) -> dict[str, Any]:
    """Of right answers, before each attempt: the mean, the score against what came, and how far they moved."""
    pairs = []
    for id_, (_, event) in before.outputs.items():
        there = id_ in after.outputs and _within(recording, id_, event, window)
        if there and event.get("kind") == "attempt_predicted":
            pairs.append((event["predicted"], after.outputs[id_][1]["predicted"], event["outcome"]))
    if not pairs:
        return {"attempts": 0}
    sides = [[pair[side] for pair in pairs] for side in (0, 1)]
    return {
        "attempts": len(pairs),
        "changed": sum(one != other for one, other, _ in pairs),
        "mean": [fmean(side) for side in sides],
        "brier": [fmean([(p - pair[2]) ** 2 for p, pair in zip(side, pairs, strict=True)]) for side in sides],
        "moved": fmean([abs(one - other) for one, other, _ in pairs]),
    }


def policy_value(recording: Recording, ids: Sequence[str], before: Replayed, after: Replayed) -> dict[str, Any]:
    """What the decisions would have earned, by what was earned with the recorded ones: estimates with intervals.

    Only decisions that the recorded policy might have made too can be judged: `never_tried` is the share of the changed
    decisions' probability that lies on others.
    """
    values = {
        kept.event["response_id"]: kept.event["value"]
        for kept in recording.outputs.values()
        if kept.topic.event == "Reward"
    }
    log: list[Logged] = []
    wanted: dict[int, Mapping[str, float]] = {}
    missed = 0.0
    for id_ in ids:
        response = recording.responses[id_].event
        if response["source"] != "PROVIDER" or response["response_id"] not in values:
            continue
        decision = response["decision"]
        weighed = {one["provider"]: (one["score"], one["propensity"]) for one in decision["candidates"]}
        logged = Logged(
            response["task"], decision["features"], weighed, response["provider"], values[response["response_id"]]
        )
        if logged.propensity <= 0:
            continue
        target = {
            one["provider"]: one["propensity"]
            for one in after.routed[id_].shown["decision"]["candidates"]
            if one["propensity"] > 0
        }
        missed += sum(chance for name, chance in target.items() if name not in logged.callable)
        log.append(logged)
        wanted[id(logged)] = {name: chance for name, chance in target.items() if name in logged.callable}
    if not log:
        return {"decisions": 0}
    judged = judge(log, lambda logged: wanted[id(logged)])
    recorded = judge(log, as_logged)
    return {
        "decisions": len(log),
        "never_tried": missed / len(log),
        "recorded": _estimate(recorded.ips),
        "ips": _estimate(judged.ips),
        "snips": _estimate(judged.snips),
        "doubly_robust": _estimate(judged.doubly_robust),
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "effective": estimate.effective,
    }

"""What a record adds to which aggregates. Whole numbers throughout, so that the order of records does not matter."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas.codec import Event
from schemas.tries import called

# Figures with a fraction are summed in billionths: whole numbers add up to the same in any order.
FRACTION = 1_000_000_000
STATE_THRESHOLD = 0.5
# A kind that is counted for the search for anomalies alone.
ITEM = "item"
# The dimension that counts what comes of a kind once a window start has as many dimensions as are kept apart.
OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One record's share in one aggregate. `sums` are in billionths; `figures` go into quantile sketches."""

    kind: str
    dimension: str
    counts: Mapping[str, int]
    sums: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def measures(event_name: str, event: Event) -> list[Measure]:
    """The measures of an event of schema `event_name`; none for an event that is not aggregated."""
    if event_name == "TutorResponse":
        return list(_response(event))
    if event_name == "Attempt":
        return list(_attempt(event))
    if event_name == "LearningEvent":
        return list(_predicted(event))
    if event_name == "Feedback":
        kind = event["kind"].lower()
        return list(_everyone(event, {f"feedback_{kind}": 1}))
    if event_name == "Intervention":
        return list(_everyone(event, {"interventions": 1, f"interventions_{event['severity']}": 1}))
    return []


def _everyone(
    event: Event,
    counts: dict[str, int],
    sums: Mapping[str, int] | None = None,
    figures: Mapping[str, float] | None = None,
) -> Iterator[Measure]:
    who = {"learners": event["learner_id"]}
    counts = {"events": 1, **counts}
    yield Measure("tenant", event["tenant_id"], counts, sums or {}, figures or {}, who)
    if event["course_id"]:
        yield Measure("course", event["course_id"], counts, sums or {}, figures or {}, who)


def _attempt(attempt: Event) -> Iterator[Measure]:
    counts = {"attempts": 1, "correct": int(attempt["correct"]), "hints": attempt["hints_used"]}
    duration = attempt["duration_ms"]
    figures = {"duration_ms": float(duration)} if duration is not None else {}
    yield from _everyone(attempt, dict(counts))
    yield Measure(
        "concept", attempt["concept_id"], {"events": 1, **counts}, {}, figures, {"learners": attempt["learner_id"]}
    )


def _predicted(event: Event) -> Iterator[Measure]:
    """An attempt on an item beside what the profile expected of it. Attempts themselves are counted from `Attempt`."""
    if event["kind"] != "attempt_predicted" or not event["item_id"]:
        return
    correct = event["outcome"] >= 0.5
    yield Measure(
        ITEM,
        event["item_id"],
        {"events": 1, "attempts": 1, "correct": int(correct)},
        {"expected_wrong": round((1.0 - event["predicted"]) * FRACTION)},
        {},
        {} if correct else {"learners_wrong": event["learner_id"]},
    )


def _response(response: Event) -> Iterator[Measure]:
    source = response["source"].lower()
    tokens = {"prompt_tokens": response["prompt_tokens"], "completion_tokens": response["completion_tokens"]}
    cost = {"cost_usd": round(response["cost_usd"] * FRACTION)}
    waited = {"provider_ms": response["provider_ms"]} if response["source"] == "PROVIDER" else {}
    yield from _everyone(response, {"responses": 1, f"responses_{source}": 1, **tokens}, cost, waited)
    for concept in dict.fromkeys(response["concepts"]):
        yield Measure("concept", concept, {"events": 1, "responses": 1}, {}, {}, {"learners": response["learner_id"]})
    yield from _providers(response, tokens, cost)
    if response["template_version"]:
        yield _version(response, cost, waited)
    yield _emotion(response["emotion"])


def _version(response: Event, cost: Mapping[str, int], waited: Mapping[str, float]) -> Measure:
    """Of the prompt's version: what it was answered with, and the calls that it took."""
    counts = {"events": 1, "responses": 1, **_calls(response["tries"])}
    return Measure("version", response["template_version"], counts, cost, waited)


def _providers(response: Event, tokens: Mapping[str, int], cost: Mapping[str, int]) -> Iterator[Measure]:
    by_provider: dict[str, list[Event]] = {}
    for tried in response["tries"]:
        by_provider.setdefault(tried["provider"], []).append(tried)
    answered = response["provider"] if response["source"] == "PROVIDER" else None
    if answered is not None:
        by_provider.setdefault(answered, [])
    for provider, tries in by_provider.items():
        counts = {"events": 1, **_calls(tries)}
        if provider == answered:
            figures = {
                "provider_ms": response["provider_ms"],
                **({} if response["first_token_ms"] is None else {"first_token_ms": response["first_token_ms"]}),
            }
            yield Measure("provider", provider, {**counts, "responses": 1, **tokens}, cost, figures)
        else:
            yield Measure("provider", provider, counts)


def _calls(tries: Iterable[Event]) -> dict[str, int]:
    """The requests that were sent and how they ended; beside them why a provider was not called, which is no call."""
    counts = {"calls": 0}
    for tried in tries:
        name = f"{'calls' if called(tried) else 'not_called'}_{tried['outcome']}"
        counts["calls"] += called(tried)
        counts[name] = counts.get(name, 0) + 1
    return counts


def _emotion(emotion: Event) -> Measure:
    sums = {
        "valence": round(emotion["valence"] * FRACTION),
        "arousal": round(emotion["arousal"] * FRACTION),
    }
    counts = {"events": 1, "crisis": int(emotion["crisis"])}
    if emotion["cant_tell"] or not emotion["states"]:
        return Measure("emotion", "unknown", counts)
    state, probability = max(emotion["states"].items(), key=lambda item: (item[1], item[0]))
    return Measure("emotion", state if probability >= STATE_THRESHOLD else "neutral", counts, sums)

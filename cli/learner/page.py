"""What is known about a learner as a page of text: pure, rows in, lines out."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from cli.learner.tables import Row

LABEL = 22
NARROWEST = 30
WIDE = 60
MOST_CONCEPTS = 12
LENGTHS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))

Entries = list[tuple[str, str]]


def page(name: str, profile: Row | None, activity: Row, now: datetime, width: int) -> list[str]:
    """The lines, none wider than `width` columns (30 at least). `now` has a time zone."""
    width = max(width, NARROWEST)
    lines: list[str] = []
    for title, entries in _sections(name, profile, activity, now):
        if lines:
            lines.append("")
        lines.append(title.upper())
        for label, text in entries:
            lines.extend(_entry(label, text, width))
    return lines


def _sections(name: str, profile: Row | None, activity: Row, now: datetime) -> Iterator[tuple[str, Entries]]:
    yield "learner", _learner(name, profile, activity)
    if profile is None:
        yield "profile", [("", "none in ClickHouse yet: does 'masterx worker core' run?")]
        return
    yield "knowledge", _knowledge(profile)
    yield "due reviews", _due(profile, now)
    yield "learning dna", [_trait(trait) for trait in profile["traits"]] or [("", "no evidence yet")]
    yield "predictions", [_prediction(one) for one in profile["predictions"]] or [("", "none yet")]
    yield "next step", _next_step(profile)


def _learner(name: str, profile: Row | None, activity: Row) -> Entries:
    last = activity["last_at"]
    entries = [
        ("id", name),
        (
            "messages",
            f"{activity['messages']}, {activity['recent']} of them in the last 7 days"
            + (f"; the last one {_moment(last)}" if last is not None else ""),
        ),
    ]
    if profile is not None:
        entries += [
            ("attempts", f"{profile['attempts']}, {profile['correct']} of them right"),
            ("ability", _ability(profile)),
            ("as of", f"{_moment(profile['sent_at'])}, revision {profile['revision']}"),
        ]
    return entries


def _ability(profile: Row) -> str:
    if profile["ability"] is None:
        return "no evidence: nothing was graded yet"
    return f"{profile['ability']:+.2f}{_uncertainty(profile['ability_uncertainty'])} logits"


def _knowledge(profile: Row) -> Entries:
    concepts = profile["concepts"]
    if not concepts:
        return [("", "no concept was practised yet")]
    entries = [
        (
            concept["concept_id"],
            f"next one right {concept['p_correct']:.2f}{_uncertainty(concept['uncertainty'])}, "
            f"{concept['correct']} of {concept['attempts']} right{', mastered' if concept['mastered'] else ''}"
            + (f", recalled now {concept['retrievability']:.2f}" if concept["retrievability"] is not None else ""),
        )
        for concept in concepts[:MOST_CONCEPTS]
    ]
    left = len(concepts) - MOST_CONCEPTS
    return [*entries, ("", f"and {left} more: 'masterx learner export' has them")] if left > 0 else entries


def _due(profile: Row, now: datetime) -> Entries:
    dated = sorted(
        ((_aware(concept["due_at"]), concept["concept_id"]) for concept in profile["concepts"] if concept["due_at"]),
    )
    due: Entries = [(concept, f"since {_moment(moment)}") for moment, concept in dated if moment <= now]
    later = next(((moment, concept) for moment, concept in dated if moment > now), None)
    if later is not None:
        due.append((later[1], f"next, {_moment(later[0])}"))
    return due or [("", "none")]


def _trait(trait: Row) -> tuple[str, str]:
    name = trait["name"].replace("_", " ")
    if trait["value"] is None:
        return name, "no evidence yet" if not trait["evidence"] else f"too little evidence: {_events(trait)}"
    return name, f"{trait['value']:.2f}{_uncertainty(trait['uncertainty'])} {trait['unit']}, from {_events(trait)}"


def _events(trait: Row) -> str:
    return f"{trait['evidence']} event{'' if trait['evidence'] == 1 else 's'}"


def _prediction(prediction: Row) -> tuple[str, str]:
    horizon = prediction["horizon_s"]
    about = f" on {prediction['subject']}" if prediction["subject"] else ""
    when = f"within {_length(horizon)}" if horizon is not None else "without a horizon"
    value = f"{prediction['value']:.2f}{_uncertainty(prediction['uncertainty'])}"
    return prediction["name"].replace("_", " "), f"{value}{about}, {when}, by {prediction['model']}"


def _next_step(profile: Row) -> Entries:
    step: dict[str, Any] = orjson.loads(profile["next_step"]) if profile["next_step"] else {}
    if not step:
        return [("", "no decision yet")]
    entries: Entries = [
        ("do", " ".join(part for part in (step["kind"].replace("_", " "), step["concept_id"]) if part)),
        *([("item", step["item_id"])] if step["item_id"] else []),
        ("how", f"{step['step_size']} steps, {step['depth']} explanation"),
    ]
    if step["predicted_success"] is not None:
        aim = f", aiming for {step['target_success']:.2f}" if step["target_success"] is not None else ""
        entries.append(("success", f"{step['predicted_success']:.2f} expected{aim}"))
    return [*entries, *(("because", reason) for reason in step["reasons"])]


def _uncertainty(value: float | None) -> str:
    return f" ± {value:.2f}" if value is not None else ""


def _length(seconds: float) -> str:
    """`seconds` in the largest unit that leaves at least one of it."""
    for size, unit in LENGTHS:
        count = seconds / size
        if count >= 1:
            return f"{count:g} {unit}{'' if count == 1 else 's'}" if count == int(count) else f"{count:.1f} {unit}s"
    return f"{seconds:g} seconds"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _entry(label: str, text: str, width: int) -> Sequence[str]:
    # On a narrow screen, and where a label is long, it stands on a line of its own.
    aside = width >= WIDE and len(label) < LABEL
    indent = LABEL if width >= WIDE else 2
    wrapped = textwrap.wrap(text, max(width - indent, 10)) or [""]
    if aside:
        return [f"{label if n == 0 else '':<{LABEL}}{line}".rstrip() for n, line in enumerate(wrapped)]
    head = textwrap.wrap(label, width) if label else []
    return [*head, *(f"{'':<{indent}}{line}".rstrip() for line in wrapped)]

"""A stored decision as a page of text: pure, rows in, lines out."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from cli.explain.fetch import Row, Story
from schemas.readings import OFF

LABEL = 15
NARROWEST = 30


def page(story: Story, width: int) -> list[str]:
    """The lines, none wider than `width` columns (30 at least)."""
    width = max(width, NARROWEST)
    lines: list[str] = []
    for title, entries in _sections(story):
        if lines:
            lines.append("")
        lines.append(title.upper())
        for label, text in entries:
            lines.extend(_entry(label, text, width))
    return lines


Entries = list[tuple[str, str]]


def _sections(story: Story) -> Iterator[tuple[str, Entries]]:
    response = story.response
    if response is None:
        yield "message", _message(story.message or {})
        yield "answer", [("", "none in ClickHouse yet: 'masterx tail --message ID' shows how far the message came")]
        return
    yield "message", _message({**(story.message or {}), "text": response["message_text"], **_identity(response)})
    yield "feeling", _feeling(response)
    yield "plan", _plan(response)
    yield "prompt", _prompt(response)
    yield "provider", _provider(response)
    yield "answer", _answer(response)
    yield "what followed", _followed(story)


def _identity(response: Row) -> Row:
    return {name: response[name] for name in ("message_id", "tenant_id", "learner_id", "course_id", "task", "concepts")}


def _message(message: Row) -> Entries:
    return [
        ("id", str(message.get("message_id", ""))),
        ("learner", f"{message.get('tenant_id', '')}/{message.get('learner_id', '')}"),
        *([("sent", _moment(message["sent_at"]))] if message.get("sent_at") else []),
        *([("course", str(message["course_id"]))] if message.get("course_id") else []),
        *([("taken for", f"{message['task']}{_about(message)}")] if message.get("task") else []),
        ("text", str(message.get("text", ""))),
    ]


def _about(message: Row) -> str:
    return f", about {', '.join(message['concepts'])}" if message.get("concepts") else ""


def _feeling(response: Row) -> Entries:
    emotion = _json(response["emotion"])
    if not emotion:
        return [("", "expired: emotion scores are kept for a shorter time")]
    # Looked for in every text, scored or not.
    crisis = [("crisis", "the text speaks of a crisis")] if emotion["crisis"] else []
    if emotion["model"] == OFF:
        return [("", "scoring is off for this tenant"), *crisis]
    if emotion["cant_tell"]:
        return [("model", emotion["model"]), ("", "the text does not allow a reading"), *crisis]
    entries = [
        ("model", f"{emotion['model']}, confidence {emotion['confidence']:.2f}"),
        ("emotions", _scores(emotion["emotions"], 5)),
        ("states", _scores(emotion["states"], 6)),
        ("affect", ", ".join(f"{name} {emotion[name]:+.2f}" for name in ("valence", "arousal", "dominance"))),
    ]
    if emotion["trend"]:
        entries.append(("change", _scores(emotion["trend"], 6, signed=True) + " against the learner's own mean"))
    if emotion["spell"]:
        entries.append(("spell", f"{emotion['spell']}, {emotion['spell_messages']} messages"))
    return [*entries, *crisis]


def _plan(response: Row) -> Entries:
    plan = _json(response["plan"])
    if not plan:
        return [("", "expired with the emotion scores")]
    switches = ("acknowledge", "smaller_steps", "suggest_break", "challenge")
    wanted = [name.replace("_", " ") for name in switches if plan[name]]
    return [
        ("reply should", ", ".join([f"tone {plan['tone']}", f"pace {plan['pace']}", *wanted])),
        *(("because", reason) for reason in plan["reasons"]),
    ]


def _prompt(response: Row) -> Entries:
    pieces = response["prompt"]
    shown = [piece for piece in pieces if piece["included"]]
    entries: Entries = [
        (
            "size",
            f"{response['prompt_tokens']} tokens, budget {response['prompt_budget']}; "
            f"{len(shown)} of {len(pieces)} pieces fitted; template {response['template_version']}",
        )
    ]
    for piece in pieces:
        mark = "+" if piece["included"] else "-"
        head = f"{piece['layer']} {piece['piece_id']}, {piece['tokens']} tokens, value {piece['value']:.2f}"
        entries.append((f"  {mark}", f"{head}: {piece['reason']}"))
        entries.append(("", " ".join(str(piece["text"]).split())))
    return entries


def _provider(response: Row) -> Entries:
    entries: Entries = [
        ("policy", f"{response['decision_policy']}, propensity {response['decision_propensity']:.2f}"),
    ]
    for candidate in response["decision_candidates"]:
        mark = "*" if candidate["provider"] == response["provider"] else " "
        entries.append(
            (
                f"  {mark}",
                f"{candidate['provider']} score {candidate['score'] + 0.0:.3f}, propensity "
                f"{candidate['propensity']:.2f}: {candidate['reason']}",
            )
        )
    if response["decision_features"]:
        entries.append(("looked at", _scores(response["decision_features"], 20, digits=3)))
    for call in response["tries"]:
        problem = f": {call['error']}" if call["error"] else ""
        entries.append(
            ("call", f"{call['provider']} {call['model']} {call['outcome']}, {call['elapsed_ms']:.0f} ms{problem}")
        )
    if response["repeated_call"]:
        entries.append(("", "an earlier call may have been under way at a crash"))
    return entries


def _answer(response: Row) -> Entries:
    first = response["first_token_ms"]
    entries: Entries = [
        ("id", str(response["response_id"])),
        (
            "by",
            f"{response['provider']} {response['model']} ({str(response['source']).lower()}), turn {response['turn']}",
        ),
        (
            "took",
            f"{response['latency_ms']:.0f} ms in all, {response['provider_ms']:.0f} ms of them the provider's"
            + (f", first token after {first:.0f} ms" if first is not None else ""),
        ),
        (
            "cost",
            f"{float(response['cost_usd']):.6f} US dollars, {response['prompt_tokens']} + "
            f"{response['completion_tokens']} tokens, ended by {response['finish_reason']}",
        ),
    ]
    if response["missing"]:
        entries.append(("without", ", ".join(response["missing"])))
    if response["item_id"]:
        entries.append(("item", str(response["item_id"])))
    return [*entries, ("text", str(response["text"]))]


def _followed(story: Story) -> Entries:
    entries: Entries = []
    if story.profile is not None:
        entries.append(("profile", f"revision {story.profile['revision']}"))
        entries.extend(("changed", change) for change in changes(story.before or {}, story.profile))
    for row in story.interventions:
        entries.append(("intervention", f"{row['severity']} {row['kind']} by {row['source']}: {row['text']}"))
    for row in story.rewards:
        parts = _scores(row["components"], 10, signed=True)
        entries.append(
            ("reward", f"{row['value']:+.2f} ({parts}), closed by {row['closed_by']} after {row['elapsed_s']:.0f} s")
        )
    return entries or [("", "nothing yet")]


def changes(before: Row, after: Row) -> list[str]:
    """What differs between two snapshots of a profile, a line each."""
    found = []
    for name in ("messages", "attempts", "correct", "ability"):
        old, new = before.get(name), after[name]
        if new is not None and old != new:
            found.append(f"{name} {_figure(old)} → {_figure(new)}")
    known = {concept["concept_id"]: concept for concept in before.get("concepts", ())}
    for concept in after["concepts"]:
        old = known.get(concept["concept_id"])
        if old is None or old["p_correct"] != concept["p_correct"]:
            was = _figure(old["p_correct"]) if old is not None else "-"
            found.append(f"chance on {concept['concept_id']} {was} → {concept['p_correct']:.3f}")
    moods = before.get("emotion_baseline", {})
    for name, value in after["emotion_baseline"].items():
        if moods.get(name) != value:
            found.append(f"mean {name} {_figure(moods.get(name))} → {value:.3f}")
    old_step, new_step = _json(before.get("next_step", "")), _json(after["next_step"])
    if old_step != new_step and new_step:
        found.append(f"next step {new_step['kind']} {new_step.get('concept_id') or ''}".rstrip())
    return found


def _figure(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _scores(scores: Mapping[str, float], most: int, *, signed: bool = False, digits: int = 2) -> str:
    best = sorted(scores.items(), key=lambda item: -abs(item[1]))[:most]
    return ", ".join(f"{name} {value:{'+' if signed else ''}.{digits}f}" for name, value in best)


def _json(text: str) -> dict[str, Any]:
    return orjson.loads(text) if text else {}


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _entry(label: str, text: str, width: int) -> Sequence[str]:
    # On a narrow screen the labels stand on lines of their own.
    indent = LABEL if width >= 60 else 2
    room = max(width - indent, 10)
    wrapped: list[str] = []
    for paragraph in text.splitlines() or [""]:
        wrapped.extend(textwrap.wrap(paragraph, room, break_long_words=True) or [""])
    if indent == LABEL:
        return [f"{label if n == 0 else '':<{LABEL}}{line}".rstrip() for n, line in enumerate(wrapped)]
    head = [label] if label else []
    return [*head, *(f"  {line}".rstrip() for line in wrapped)]

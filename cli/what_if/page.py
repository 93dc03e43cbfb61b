"""The difference as people read it."""

from typing import Any

from cli.screen import note, out, table
from cli.what_if.difference import Fidelity
from cli.what_if.recording import Recording

SAID = {
    "ScoredMessage": "messages, enriched and scored",
    "TutorResponse": "responses",
    "LearnerProfile": "profiles",
    "Reward": "rewards",
    "Intervention": "interventions",
    "LearningEvent": "learning events",
}
# Fewer decisions than this that the changed policy might have made too say nothing; see `masterx policy evaluate`.
LEAST_EFFECTIVE = 10.0
MOST_FIELDS = 6
MOST_CHARS = 60


def show_fidelity(found: Fidelity) -> None:
    """How much the unchanged replay made again."""
    rows = [(SAID.get(kind, kind), str(count), str(found.same[kind])) for kind, count in found.of.items()]
    table(("recorded, and replayed with nothing changed", "events", "the same"), rows, numeric=(False, True, True))
    if found.exact:
        note("nothing changed: every event came out as recorded, field by field")
        return
    fields = ", ".join(f"{name} ({count})" for name, count in found.fields.most_common(MOST_FIELDS))
    note(f"not reproduced: {sum((found.of - found.same).values())} events; they differ in {fields}")
    for one in found.examples:
        note(f"  {one.kind} {one.id} {one.path}: recorded {_short(one.was)}, replayed {_short(one.now)}")


def show_gaps(recording: Recording) -> None:
    """What was left out of the replay, and why."""
    left_out = len(recording.messages) - len(recording.whole())
    if left_out:
        note(f"{left_out} messages left out: refused, or not answered yet, or their records are gone")
    if recording.erased:
        note(f"{len(recording.erased)} learners left out: they asked to be forgotten")
    if recording.cut_off:
        note(
            f"Kafka no longer has the beginning of {', '.join(recording.cut_off)}: learners from before then are "
            "replayed without their history, and their events may not come out as recorded"
        )


def show_summary(found: dict[str, Any]) -> None:
    """What the change would have done."""
    table(
        ("", "recorded", "what if", "difference"),
        [*_cost(found), *_choices(found), *_latency(found), *_emotions(found), *_events(found)],
        numeric=(False, True, True, True),
    )
    out(_answers(found))
    out(_value(found["policy_value"]))


def _cost(found: dict[str, Any]) -> list[tuple[str, ...]]:
    cost = found["cost"]
    estimated = f", {cost['estimated']} estimated" if cost["estimated"] else ""
    rows = [_row(f"cost, USD{estimated}", cost["usd"], 6)]
    if cost["estimated"]:
        rows.append(_row("  of known answers", cost["known_usd"], 6))
    return rows


def _choices(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [_row(f"first choice {name}", pair, 0) for name, pair in found["answers"]["first_choice"].items()]


def _latency(found: dict[str, Any]) -> list[tuple[str, ...]]:
    latency = found["latency"]
    of = f" of {latency['known']} known answers"
    return [_row(f"provider time mean, ms{of}", latency["mean_ms"], 1), _row("  p95, ms", latency["p95_ms"], 1)]


def _emotions(found: dict[str, Any]) -> list[tuple[str, ...]]:
    emotions = found["emotions"]
    rows = [_row(f"mean of {name}", pair, 3) for name, pair in emotions["means"].items()]
    rows += [_row("messages in a spell", emotions["in_a_spell"], 0), _row("can't tell", emotions["cant_tell"], 0)]
    return rows + [_row(f"tone {name}", pair, 0) for name, pair in emotions["tones"].items()]


def _events(found: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [_row(f"intervention {name}", pair, 0) for name, pair in found["interventions"].items()]
    predictions = found["predictions"]
    if predictions["attempts"]:
        rows.append(_row("prediction of a right answer, mean", predictions["mean"], 4))
        rows.append(_row("  its Brier score", predictions["brier"], 4))
    return rows


def _row(name: str, pair: list[float | None], digits: int) -> tuple[str, ...]:
    was, now = pair
    if was is None or now is None:
        return name, "-", "-", "-"
    change = f"{now - was:+,.{digits}f}" if now != was else "0"
    return name, f"{was:,.{digits}f}", f"{now:,.{digits}f}", change


def _answers(found: dict[str, Any]) -> str:
    answers = found["answers"]
    unknown = sum(answers["unknown"].values())
    asked = f" ({answers['asked']} asked for now)" if answers["asked"] else ""
    line = f"answers: {answers['same']} the same, {answers['other']} known to be others{asked}, {unknown} not known"
    if unknown:
        by = ", ".join(f"{count} of {name}" for name, count in answers["unknown"].items())
        line += (
            f" ({by}): the record has no answer of that provider to that prompt, and it was not asked; the "
            "conversations go on with the recorded ones"
        )
    changed = ", ".join(f"{count} {SAID.get(kind, kind)}" for kind, count in found["changed"].items())
    return f"{line}\nchanged: {changed or 'nothing'} (of {found['messages']} messages of {found['learners']} learners)"


def _value(value: dict[str, Any]) -> str:
    if not value["decisions"]:
        return "policy value: no recorded decision has a reward yet"
    missed = value["never_tried"]
    if missed > 1e-9:
        return (
            f"policy value: can't be judged: {missed:.0%} of the changed choices are ones that the recorded policy "
            f"could not have made ({value['decisions']} rewarded decisions)"
        )
    if value["ips"]["effective"] < LEAST_EFFECTIVE:
        return f"policy value: can't be judged: {value['decisions']} rewarded decisions leave too few"
    parts = [
        f"{name} {value[key]['value']:.3f} ({value[key]['low']:.3f} to {value[key]['high']:.3f})"
        for name, key in (
            ("recorded", "recorded"),
            ("inverse propensity", "ips"),
            ("self-normalised", "snips"),
            ("doubly robust", "doubly_robust"),
        )
    ]
    return f"policy value, of the choice of providers alone, 95 %: {', '.join(parts)}"


def _short(value: object) -> str:
    said = str(value)
    return said if len(said) <= MOST_CHARS else f"{said[: MOST_CHARS - 1]}…"

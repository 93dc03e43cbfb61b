"""Trigger quality on replayed dialogues: `python -m benchmarks.emotion.triggers --data DIR [--out DIR]`.

`DIR` holds `bridge/conversations.jsonl.gz` (students of a tutoring chat, with times), `mathdial/dialogues.jsonl.gz`
(simulated students, here 30 seconds apart) and `goemotions/dev.tsv.gz`. Each dialogue is one learner. Since such
dialogues say little about feelings, streams are also spliced from labelled comments, calm, then angry, then calm, where
it is known when a spell begins. The rules with hysteresis are set beside a plain threshold, which raises a trigger
whenever the state's probability crosses it upwards.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from agents.emotion.labels import EMOTIONS, SENTIMENT
from agents.emotion.scorer import EmotionScorer, EmotionScores
from agents.emotion.trend import RULES, EmotionBaseline, update
from benchmarks.emotion import goemotions
from benchmarks.history import record

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PLAIN = {"frustrated": "frustration_rising", "bored": "disengagement"}
FLAP_MESSAGES = 8
CALM, SPELL = 15, 10


@dataclass(frozen=True)
class Dialogue:
    """A learner's messages in order, with their times."""

    name: str
    messages: list[tuple[datetime, str]]


@dataclass
class Tally:
    """What was raised over all dialogues."""

    raised: Counter[str] = field(default_factory=Counter)
    flaps: int = 0
    dialogues: int = 0

    def add(self, events: list[tuple[int, str]]) -> None:
        """Count one dialogue's triggers, given as message number and kind.

        A flap is the same kind raised again within `FLAP_MESSAGES` messages.
        """
        last: dict[str, int] = {}
        for number, kind in events:
            self.raised[kind] += 1
            if kind in last and number - last[kind] <= FLAP_MESSAGES:
                self.flaps += 1
            last[kind] = number
        self.dialogues += bool(events)


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().split("\n") if line]


def _clock(text: str) -> timedelta:
    parts = [int(part) for part in text.split(":")]
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + part
    return timedelta(seconds=seconds)


def bridge(path: Path) -> list[Dialogue]:
    """One dialogue a chat excerpt; excerpts that were annotated twice count once."""
    found: dict[str, Dialogue] = {}
    for row in _lines(path):
        name = str(row["c_id"])
        turns = row["c_h"]
        assert isinstance(turns, list)
        found[name] = Dialogue(
            f"bridge {name}",
            [(START + _clock(turn["time"]), turn["text"]) for turn in turns if turn["user"] == "student"],
        )
    return list(found.values())


def mathdial(path: Path) -> list[Dialogue]:
    """The student's turns of each dialogue, 30 seconds apart."""
    found = []
    for row in _lines(path):
        turns = row["turns"]
        assert isinstance(turns, list)
        texts = [turn["text"] for turn in turns if turn["role"] == "student"]
        messages = [(START + timedelta(seconds=30 * at), text) for at, text in enumerate(texts)]
        found.append(Dialogue(f"mathdial {row['dialogue_id']}", messages))
    return found


def replayed(dialogue: Dialogue, readings: list[EmotionScores]) -> list[tuple[int, str]]:
    """Message number and kind of each trigger under the rules with hysteresis."""
    state: EmotionBaseline | None = None
    events = []
    for number, ((at, _), scores) in enumerate(zip(dialogue.messages, readings, strict=True)):
        state, triggers = update(state, scores, at)
        events += [(number, trigger.kind) for trigger in triggers]
    return events


def plain(readings: list[EmotionScores]) -> list[tuple[int, str]]:
    """The same under a plain threshold."""
    events = []
    for name, kind in PLAIN.items():
        above = False
        for number, scores in enumerate(readings):
            crossed = not scores.cant_tell and scores.states[name] >= RULES.enter
            if crossed and not above:
                events.append((number, kind))
            above = crossed
    return sorted(events)


def spliced(path: Path, streams: int = 200, seed: int = 0) -> list[Dialogue]:
    """Labelled comments a minute apart: `CALM` without a negative label, `SPELL` angry ones, `CALM` again."""
    split = goemotions.read(path)
    columns = {name: split.labels[:, at] > 0 for at, name in enumerate(EMOTIONS)}
    negative = np.any([columns[name] for name in SENTIMENT["negative"]], axis=0)
    angry = np.any([columns[name] for name in ("anger", "annoyance", "disappointment")], axis=0)
    random = np.random.default_rng(seed)
    found = []
    for number in range(streams):
        calm = random.choice(np.flatnonzero(~negative), 2 * CALM, replace=False)
        rows = [*calm[:CALM], *random.choice(np.flatnonzero(angry), SPELL, replace=False), *calm[CALM:]]
        messages = [(START + timedelta(minutes=at), split.texts[row]) for at, row in enumerate(rows)]
        found.append(Dialogue(f"spliced {number}", messages))
    return found


def detection(streams: list[list[tuple[int, str]]]) -> dict[str, float]:
    """Of spliced streams: share of spells found in time, messages until then, false alarms a 1,000 calm messages."""
    delays, alarms = [], 0
    for events in streams:
        at = [number for number, kind in events if kind == "frustration_rising"]
        inside = [number - CALM for number in at if CALM <= number < CALM + SPELL]
        alarms += len(at) - len(inside)
        delays += inside[:1]
    return {
        "found": len(delays) / len(streams),
        "delay": float(np.median(delays)) + 1 if delays else float("nan"),
        "false_per_1000": 1000 * alarms / (2 * CALM * len(streams)),
    }


def pictures(out: Path, rules: Tally, threshold: Tally, messages: int, example: list[EmotionScores]) -> None:
    """Two pictures in `out`: of spliced streams, how often each kind is raised, and one stream's states."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    out.mkdir(parents=True, exist_ok=True)
    kinds = sorted(set(rules.raised) | set(threshold.raised))
    figure, axes = pyplot.subplots(figsize=(7, 3.2))
    for shift, (tally, name) in enumerate(((rules, "with hysteresis"), (threshold, "plain threshold"))):
        rates = [1000 * tally.raised[kind] / messages for kind in kinds]
        axes.bar([at + 0.4 * shift for at in range(len(kinds))], rates, 0.38, label=name)
    axes.set_xticks([at + 0.2 for at in range(len(kinds))], kinds)
    axes.set_ylabel("raised per 1,000 messages")
    axes.legend()
    figure.tight_layout()
    figure.savefig(out / "emotion-triggers.png", dpi=110)
    figure, axes = pyplot.subplots(figsize=(7, 3.2))
    for name in ("frustrated", "confused", "bored", "engaged"):
        axes.plot([scores.states[name] for scores in example], marker="o", label=name)
    axes.axhline(RULES.enter, color="grey", linewidth=0.8, linestyle="--")
    axes.axhline(RULES.leave, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("message of the learner")
    axes.set_ylabel("probability")
    axes.legend(ncols=4, fontsize=8)
    figure.tight_layout()
    figure.savefig(out / "emotion-timeline.png", dpi=110)
    pyplot.close("all")


def main(arguments: list[str] | None = None) -> int:
    """Print the report; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.emotion.triggers", description="triggers on replayed dialogues")
    parser.add_argument("--data", required=True, type=Path, help="folder with bridge/ and mathdial/")
    parser.add_argument("--out", type=Path, help="folder for the pictures; none without it")
    given = parser.parse_args(arguments)
    try:
        dialogues = bridge(given.data / "bridge" / "conversations.jsonl.gz")
        dialogues += mathdial(given.data / "mathdial" / "dialogues.jsonl.gz")
        streams = spliced(given.data / "goemotions" / "dev.tsv.gz")
    except OSError as error:
        print(f"can't read {error.filename}: {error.strerror}. Give the folder above it with --data.", file=sys.stderr)
        return 2
    scorer = EmotionScorer.load()
    rules, threshold = Tally(), Tally()
    messages = 0
    for dialogue in dialogues:
        readings = scorer.score_batch([text for _, text in dialogue.messages])
        rules.add(replayed(dialogue, readings))
        threshold.add(plain(readings))
        messages += len(readings)
    print(f"{len(dialogues)} dialogues, {messages} messages of learners")
    for name, tally in (("with hysteresis", rules), ("plain threshold", threshold)):
        print(f"{name}: {dict(tally.raised)} in {tally.dialogues} dialogues, {tally.flaps} flaps")
    ruled, simple = Tally(), Tally()
    found: tuple[list[list[tuple[int, str]]], list[list[tuple[int, str]]]] = ([], [])
    example: list[EmotionScores] = []
    for stream in streams:
        example = scorer.score_batch([text for _, text in stream.messages])
        for tally, kept, events in (
            (ruled, found[0], replayed(stream, example)),
            (simple, found[1], plain(example)),
        ):
            tally.add(events)
            kept.append(events)
    print(f"{len(streams)} spliced streams of {2 * CALM + SPELL} comments")
    for name, tally, raised in (("with hysteresis", ruled, found[0]), ("plain threshold", simple, found[1])):
        print(f"{name}: {dict(tally.raised)}, {tally.flaps} flaps, {detection(raised)}")
    if given.out is not None:
        pictures(given.out, ruled, simple, len(streams) * (2 * CALM + SPELL), example)
    both = list(PLAIN.values())
    record(
        "emotion-triggers",
        {
            "dialogues": len(dialogues),
            "messages": messages,
            **{f"{kind}_per_1000": round(1000 * count / messages, 2) for kind, count in sorted(rules.raised.items())},
            "flaps": rules.flaps,
            "plain_per_1000": round(1000 * sum(threshold.raised[kind] for kind in both) / messages, 2),
            "plain_flaps": threshold.flaps,
            **{f"spliced_{name}": round(value, 3) for name, value in detection(found[0]).items()},
            "spliced_flaps": ruled.flaps,
            **{f"spliced_plain_{name}": round(value, 3) for name, value in detection(found[1]).items()},
            "spliced_plain_flaps": simple.flaps,
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

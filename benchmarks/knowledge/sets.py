"""Reads graded attempts from the three file formats, plain or gzipped.

three-line: number of answers, concept ids, outcomes. four-line: "index,student id", item ids, concept ids,
outcomes. cloze: a CSV with a header, one event a row. Blank lines and trailing commas are skipped.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.profile.knowledge import Attempt

FORMATS = ("three-line", "four-line", "cloze")


class BadFile(ValueError):
    """A file is not in the format it is said to be in: which line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Learner:
    """One learner's attempts in the order answered."""

    name: str
    attempts: list[Attempt]


def text_of(path: Path) -> str:
    """The file's text; gzip is recognised by its first two bytes, not by its name."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    return raw.decode("utf-8-sig")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        kept = [cell for cell in cells if cell]
        if kept:
            yield number, kept


def _outcome(cell: str, path: Path, line: int) -> bool:
    if cell in ("1", "1.0"):
        return True
    if cell in ("0", "0.0"):
        return False
    raise BadFile(f"{path.name} line {line}: outcomes are 0 or 1, found {cell!r}")


def _grouped(path: Path, size: int, name: str) -> Iterator[list[tuple[int, list[str]]]]:
    group: list[tuple[int, list[str]]] = []
    for row in _rows(path):
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        raise BadFile(f"{path.name} line {group[0][0]}: a {name} record was cut off; check FORMAT")


def three_line(path: Path) -> list[Learner]:
    learners = []
    for number, ((line, count), (_, concepts), (last, outcomes)) in enumerate(_grouped(path, 3, "three-line")):
        if len(count) != 1 or len(concepts) != len(outcomes):
            raise BadFile(
                f"{path.name} line {line}: expected a count, then as many concepts as outcomes, found"
                f" {len(concepts)} and {len(outcomes)}; check FORMAT"
            )
        attempts = [
            Attempt(None, (concept,), _outcome(outcome, path, last))
            for concept, outcome in zip(concepts, outcomes, strict=True)
        ]
        learners.append(Learner(f"{path.name}:{number}", attempts))
    return learners


def four_line(path: Path) -> list[Learner]:
    learners = []
    for head, items, concepts, outcomes in _grouped(path, 4, "four-line"):
        if not len(items[1]) == len(concepts[1]) == len(outcomes[1]):
            raise BadFile(
                f"{path.name} line {head[0]}: expected as many items as concepts and outcomes, found"
                f" {len(items[1])}, {len(concepts[1])} and {len(outcomes[1])}; check FORMAT"
            )
        attempts = [
            Attempt(item, (concept,), _outcome(outcome, path, outcomes[0]))
            for item, concept, outcome in zip(items[1], concepts[1], outcomes[1], strict=True)
        ]
        learners.append(Learner(",".join(head[1]), attempts))
    return learners


def cloze(path: Path) -> list[Learner]:
    """Practice events with times; rows that only showed the answer (`STUDY`) are left out."""
    by_learner: dict[str, list[Attempt]] = {}
    reader = csv.DictReader(text_of(path).splitlines())
    needed = {"epoch_ms", "student_id", "concept", "item", "outcome"}
    missing = needed - set(reader.fieldnames or ())
    if missing:
        raise BadFile(f"{path.name}: no column {', '.join(sorted(missing))}; check FORMAT")
    for row in reader:
        outcome = (row["outcome"] or "").strip().upper()
        if outcome not in ("CORRECT", "INCORRECT"):
            continue
        latency = float(row.get("end_latency_ms") or -1)
        by_learner.setdefault(row["student_id"], []).append(
            Attempt(
                row["item"],
                (row["concept"],),
                outcome == "CORRECT",
                at=_seconds(row["epoch_ms"], path, reader.line_num),
                response_seconds=latency / 1000.0 if latency >= 0 else None,
            )
        )
    return [Learner(name, attempts) for name, attempts in by_learner.items()]


def _seconds(cell: str, path: Path, line: int) -> float:
    try:
        return float(cell) / 1000.0
    except ValueError:
        raise BadFile(f"{path.name} line {line}: epoch_ms is a number, found {cell!r}") from None


READERS = {"three-line": three_line, "four-line": four_line, "cloze": cloze}


def without_repeats(learner: Learner) -> Learner:
    """Consecutive rows of one item become one attempt with all their concepts and the first outcome."""
    merged: list[Attempt] = []
    for attempt in learner.attempts:
        last = merged[-1] if merged else None
        if last is not None and attempt.item is not None and attempt.item == last.item:
            new = tuple(concept for concept in attempt.concepts if concept not in last.concepts)
            merged[-1] = Attempt(
                last.item, last.concepts + new, last.correct, last.at, last.response_seconds, last.hints
            )
        else:
            merged.append(attempt)
    return Learner(learner.name, merged)


def has_items(learners: list[Learner]) -> bool:
    return any(attempt.item is not None for learner in learners for attempt in learner.attempts)

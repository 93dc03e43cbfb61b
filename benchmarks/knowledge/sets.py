"""Reads graded attempts from the three file formats, plain or gzipped.

three-line: number of answers, concept ids, outcomes. four-line: "index,student id", item ids, concept ids,
outcomes. cloze: a CSV with a header, one event a row. Blank lines and trailing commas are skipped.
"""

import csv
import gzip
import io
import math
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from agents.profile.knowledge import Attempt

FORMATS = ("three-line", "four-line", "cloze")


class BadFile(ValueError):
    """A file is not in the format it is said to be in: which line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Learner:
    """One learner's attempts in the order answered. `person` is who it is in other files too, None where unknown."""

    name: str
    attempts: list[Attempt]
    person: str | None = None


def text_of(path: Path) -> str:
    """The file's text; gzip is recognised by its first two bytes, not by its name. Raises BadFile, or OSError."""
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, UnicodeDecodeError, zlib.error) as error:
        raise BadFile(f"{path.name}: neither UTF-8 nor whole gzip of it ({error})") from None


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.rstrip(", \t").split(",")]
        if cells == [""]:
            continue
        # Left out, it would shift what follows against the other lines.
        if "" in cells:
            raise BadFile(f"{path.name} line {number}: nothing between two commas")
        yield number, cells


def _outcome(cell: str, path: Path, line: int) -> bool:
    if cell in ("1", "1.0"):
        return True
    if cell in ("0", "0.0"):
        return False
    raise BadFile(f"{path.name} line {line}: outcomes are 0 or 1, found {cell!r}")


def _grouped(path: Path, size: int, name: str) -> Iterator[list[tuple[int, list[str]]]]:
    group: list[tuple[int, list[str]]] = []
    for row in _rows(path):
        # A learner without answers: the lines behind the count are blank.
        if size == 3 and not group and row[1] == ["0"]:
            continue
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
        learners.append(Learner(",".join(head[1]), attempts, head[1][1] if len(head[1]) == 2 else None))
    # Some files have the number of answers there.
    if all(learner.person == str(len(learner.attempts)) for learner in learners):
        return [replace(learner, person=None) for learner in learners]
    return learners


def cloze(path: Path) -> list[Learner]:
    """Practice events with times, each learner's in their order.

    Rows that only showed the answer (`STUDY`) are left out, and those of any other outcome, which is said on stderr.
    """
    by_learner: dict[str, list[Attempt]] = {}
    others: Counter[str] = Counter()
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""), restval="")
    try:
        missing = {"epoch_ms", "student_id", "concept", "item", "outcome"} - set(reader.fieldnames or ())
        if missing:
            raise BadFile(f"{path.name}: no column {', '.join(sorted(missing))}; check FORMAT")
        for row in reader:
            outcome = row["outcome"].strip().upper()
            if outcome in ("CORRECT", "INCORRECT"):
                by_learner.setdefault(_named(row, "student_id", path, reader.line_num), []).append(
                    Attempt(
                        row["item"],
                        (_named(row, "concept", path, reader.line_num),),
                        outcome == "CORRECT",
                        at=_seconds(row["epoch_ms"], path, reader.line_num),
                        response_seconds=_latency(row.get("end_latency_ms") or ""),
                    )
                )
            elif outcome != "STUDY":
                others[outcome] += 1
    except csv.Error as error:
        raise BadFile(f"{path.name} line {reader.line_num}: not CSV ({error})") from None
    if others:
        named = ", ".join(f"{name or 'none'} {count}" for name, count in others.most_common(5))
        print(f"{path.name}: left out rows that are neither CORRECT nor INCORRECT: {named}", file=sys.stderr)
    return [Learner(name, sorted(some, key=lambda one: one.at or 0.0), name) for name, some in by_learner.items()]


def _named(row: dict[str, str], column: str, path: Path, line: int) -> str:
    if not row[column].strip():
        raise BadFile(f"{path.name} line {line}: no {column}")
    return row[column]


def _latency(cell: str) -> float | None:
    """Seconds; None where none was taken: a minus sign, or no number."""
    try:
        seconds = float(cell) / 1000.0
    except ValueError:
        return None
    return seconds if 0.0 <= seconds < math.inf else None


def _seconds(cell: str, path: Path, line: int) -> float:
    try:
        seconds = float(cell) / 1000.0
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise BadFile(f"{path.name} line {line}: epoch_ms is a number, found {cell!r}")
    return seconds


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
    return replace(learner, attempts=merged)


def has_items(learners: list[Learner]) -> bool:
    return any(attempt.item is not None for learner in learners for attempt in learner.attempts)

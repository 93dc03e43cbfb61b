"""The class report's numbers from the recorded file alone: the standard library, and nothing of ours."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median_low
from typing import Any

Row = dict[str, Any]
TENANT = "statistics-cloze"


def graded(path: Path) -> list[Row]:
    """The rows that were answered or timed out; those that showed the answer are left out."""
    with path.open("rb") as probe:
        opened = gzip.open if probe.read(2) == b"\x1f\x8b" else open
    with opened(path, "rt", encoding="utf-8", newline="") as text:
        return [_tried(row) for row in csv.DictReader(text) if row["outcome"] in ("CORRECT", "INCORRECT")]


def _tried(row: dict[str, str]) -> Row:
    latency = int(row["end_latency_ms"])
    return {
        "at": int(row["epoch_ms"]),
        "learner": row["student_id"],
        "session": row["session_id"],
        "concept": row["concept_id"],
        "item": row["concept_id"] + "/" + row["item_version"],
        "right": row["outcome"] == "CORRECT",
        "ms": None if latency < 0 else latency,
        "silent": row["response"] == "[timeout]",
    }


def numbers(path: Path) -> Row:
    """As `masterx report class --tenant statistics-cloze --json` prints them."""
    tries = graded(path)
    return {
        "tenant": TENANT,
        "course": "",
        "totals": _totals(tries),
        "concepts": [_concept(name, rows) for name, rows in _by(tries, "concept")],
        "items": [_item(name, rows) for name, rows in _by(tries, "item")],
        "learners": [_learner(name, rows) for name, rows in _by(tries, "learner")],
        "days": [_day(name, rows) for name, rows in _by([{**row, "day": _date(row["at"])} for row in tries], "day")],
    }


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number, text and null in nested lists and mappings, with where it stands."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from leaves(part, f"{path}[{place}]")
    else:
        yield path, value


def differences(report: Row, recounted: Row) -> dict[str, tuple[Any, Any]]:
    """Where the two differ or only one has something: what the report says, and what the file says."""
    said, counted = dict(leaves(report)), dict(leaves(recounted))
    return {
        path: (said.get(path, "missing"), counted.get(path, "missing"))
        for path in sorted(said.keys() | counted.keys())
        if said.get(path, "missing") != counted.get(path, "missing")
    }


def _by(tries: list[Row], name: str) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in tries:
        groups[row[name]].append(row)
    return sorted(groups.items(), key=lambda group: group[0].encode())


def _score(tries: list[Row]) -> Row:
    right = sum(row["right"] for row in tries)
    return {
        "attempts": len(tries),
        "correct": right,
        "success": round(right / len(tries), 4) if tries else None,
    }


def _in_order(tries: list[Row]) -> list[Row]:
    return sorted(tries, key=lambda row: (row["at"], row["concept"].encode(), row["item"].encode(), row["right"]))


def _different(tries: list[Row], *names: str) -> int:
    return len({tuple(row[name] for name in names) for row in tries})


def _totals(tries: list[Row]) -> Row:
    return {
        **_score(tries),
        "learners": _different(tries, "learner"),
        "concepts": _different(tries, "concept"),
        "items": _different(tries, "item"),
        "sessions": _different(tries, "learner", "session"),
        "hints": 0,
        "unanswered": sum(row["silent"] for row in tries),
        "duration_ms": sum(row["ms"] or 0 for row in tries),
        "first_at": _moment(min(row["at"] for row in tries)),
        "last_at": _moment(max(row["at"] for row in tries)),
    }


def _concept(name: str, tries: list[Row]) -> Row:
    times = [row["ms"] for row in tries if row["ms"] is not None]
    passing = 0
    for _, theirs in _by(tries, "learner"):
        last = _in_order(theirs)[-5:]
        passing += len(last) == 5 and sum(row["right"] for row in last) >= 4
    return {
        "concept_id": name,
        **_score(tries),
        "learners": _different(tries, "learner"),
        "passing": passing,
        "median_ms": median_low(times) if times else None,
    }


def _item(name: str, tries: list[Row]) -> Row:
    return {
        "item_id": name,
        "concept_id": tries[0]["concept"],
        **_score(tries),
        "learners": _different(tries, "learner"),
    }


def _learner(name: str, tries: list[Row]) -> Row:
    last = _in_order(tries)[-20:]
    right = sum(row["right"] for row in last)
    return {
        "learner_id": name,
        **_score(tries),
        "concepts": _different(tries, "concept"),
        "sessions": _different(tries, "session"),
        "days": len({_date(row["at"]) for row in tries}),
        "duration_ms": sum(row["ms"] or 0 for row in tries),
        "first_at": _moment(min(row["at"] for row in tries)),
        "last_at": _moment(max(row["at"] for row in tries)),
        "recent": len(last),
        "recent_correct": right,
        "recent_success": round(right / len(last), 4),
    }


def _day(name: str, tries: list[Row]) -> Row:
    return {"day": name, **_score(tries), "learners": _different(tries, "learner")}


def _date(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).date().isoformat()


def _moment(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:03}"

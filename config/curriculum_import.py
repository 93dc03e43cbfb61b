"""Turn recorded data's concepts into a curriculum file: `python -m config.curriculum_import FORMAT PATH > FILE`.

Formats: `statistics-cloze` (practice events with items and answers, .csv or .csv.gz), `skill-names` (lines of id, tab,
name) and `skill-json` (an object from name to id). None of them knows prerequisites, so every concept comes out
without; fill `requires` in by hand.
"""

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import yaml

from config.curriculum import VERSION, from_mapping

SHRINKAGE = 2.0
"""Right and wrong answers added to what was counted, each, so that a rare item's difficulty stays finite."""

Mapping = dict[str, Any]


def _open(path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def statistics_cloze(path: Path) -> Mapping:
    """One concept per `concept_id`, one item `concept_id/item_version` per word blanked, as the replay names them.

    An item's difficulty is the log-odds of a wrong answer, less that of all answers, over graded rows.
    """
    concepts: dict[str, Mapping] = {}
    items: dict[str, Mapping] = {}
    counts: dict[str, list[float]] = {}
    total = [SHRINKAGE, SHRINKAGE]
    with _open(path) as rows:
        for row in csv.DictReader(rows):
            concept_id = row["concept_id"]
            item_id = f"{concept_id}/{row['item_version']}"
            concepts.setdefault(concept_id, {"id": concept_id, "name": row["concept"], "items": []})
            answers = [one for one in (row["correct_answer"] or row["concept"]).split("|") if one.strip()]
            answer, *others = answers or [row["concept"]]
            items.setdefault(item_id, {"id": item_id, "question": row["item"], "answer": answer, "accept": others})
            if row["outcome"] in ("CORRECT", "INCORRECT"):
                wrong = row["outcome"] == "INCORRECT"
                counts.setdefault(item_id, [SHRINKAGE, SHRINKAGE])[wrong] += 1.0
                total[wrong] += 1.0
    level = log(total[1] / total[0])
    for item_id, item in sorted(items.items()):
        right, wrong_count = counts.get(item_id, total)
        item["difficulty"] = round(log(wrong_count / right) - level, 3)
        concepts[item_id.rsplit("/", 1)[0]]["items"].append(item)
    return {"version": VERSION, "title": "Introductory statistics, cloze practice", "concepts": list(concepts.values())}


def skill_names(path: Path) -> Mapping:
    """One concept per line `id<tab>name` below the header, without items."""
    concepts = []
    with _open(path) as lines:
        next(lines, None)
        for line in lines:
            skill, tab, name = line.rstrip("\r\n").partition("\t")
            if tab:
                concepts.append({"id": skill, "name": name if name.strip() else skill})
    return {"version": VERSION, "title": "Skills", "concepts": concepts}


def skill_json(path: Path) -> Mapping:
    """One concept per entry of a JSON object from name to id, without items."""
    with _open(path) as source:
        named: dict[str, Any] = json.load(source)
    return {
        "version": VERSION,
        "title": "Skills",
        "concepts": [{"id": str(skill), "name": name} for name, skill in named.items()],
    }


FORMATS: dict[str, Callable[[Path], Mapping]] = {
    "statistics-cloze": statistics_cloze,
    "skill-names": skill_names,
    "skill-json": skill_json,
}


def main(arguments: list[str] | None = None) -> int:
    """Write the curriculum to stdout. Returns 0, or 1 after one line on stderr that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m config.curriculum_import", description=__doc__)
    parser.add_argument("format", choices=sorted(FORMATS))
    parser.add_argument("path", type=Path)
    asked = parser.parse_args(arguments)
    try:
        curriculum = FORMATS[asked.format](asked.path)
        from_mapping(curriculum)
    except OSError as error:
        print(f"cannot read {asked.path}: {error.strerror}", file=sys.stderr)
        return 1
    except (KeyError, ValueError) as error:
        wrong = f"no column {error}" if isinstance(error, KeyError) else str(error)
        print(f"{asked.path} is not in the format {asked.format}: {wrong}", file=sys.stderr)
        return 1
    text = yaml.safe_dump(curriculum, sort_keys=False, allow_unicode=True, width=120)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader had enough; the interpreter's own flush at exit must not complain again.
        sys.stdout = None
    return 0


if __name__ == "__main__":
    sys.exit(main())

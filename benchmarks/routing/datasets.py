"""Questions with known outcomes per model, as RouteLLM and LLMRouter publish them."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# US dollars per million tokens that the RouteLLM paper assumes for the weak and the strong model.
ROUTELLM_PRICES = (0.24, 24.7)
ROUTELLM_SETS = {
    "mmlu": ("weak_correct", "strong_correct"),
    "gsm8k": ("weak_correct", "strong_correct"),
    "mt_bench": ("weak_score", "strong_score"),
}


class DataError(ValueError):
    """The folder does not hold what is expected. The message is one line for people."""


@dataclass(frozen=True)
class Questions:
    """Questions of one set. `quality` is (questions, models), higher is better; `prices` US dollars per million tokens.

    `groups` are the subject, category or task where the source names one, else empty strings.
    """

    name: str
    prompts: tuple[str, ...]
    groups: tuple[str, ...]
    models: tuple[str, ...]
    prices: Array
    quality: Array

    def __len__(self) -> int:
        return len(self.prompts)

    def part(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> "Questions":
        """Some of the questions, by their places."""
        return Questions(
            self.name,
            tuple(self.prompts[row] for row in rows),
            tuple(self.groups[row] for row in rows),
            self.models,
            self.prices,
            self.quality[np.asarray(rows, dtype=np.int64)],
        )

    def without(self, prompts: set[str]) -> "Questions":
        """The questions whose prompt is none of `prompts`."""
        return self.part([row for row, prompt in enumerate(self.prompts) if prompt not in prompts])


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_routellm(path: Path) -> Questions:
    """One of RouteLLM's tables (`mmlu`, `gsm8k`, `mt_bench`, by the file's name). Raises `DataError`."""
    name = path.name.removesuffix(".csv.gz")
    columns = ROUTELLM_SETS.get(name)
    rows = _rows(path)
    if columns is None or not rows or not {"prompt", *columns} <= set(rows[0]):
        raise DataError(f"{path}: needs the columns prompt, {', '.join(columns or ('weak_correct', 'strong_correct'))}")
    return Questions(
        name,
        tuple(row["prompt"] for row in rows),
        tuple(row.get("subject") or row.get("category") or "" for row in rows),
        ("weak", "strong"),
        np.array(ROUTELLM_PRICES),
        np.array([[float(row[column]) for column in columns] for row in rows]),
    )


def read_llmrouter(folder: Path) -> tuple[Questions, npt.NDArray[np.bool_]]:
    """LLMRouter's queries, and which of them belong to the published test part. Raises `DataError`."""
    with gzip.open(folder / "queries.jsonl.gz", "rt", encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    declared: Mapping[str, Mapping[str, float]] = json.loads((folder / "models.json").read_text(encoding="utf-8"))
    models = tuple(sorted(rows[0]["scores"]))
    missing = [model for model in models if model not in declared]
    if missing:
        raise DataError(f"{folder / 'models.json'}: has no price of {', '.join(missing)}")
    questions = Questions(
        "llmrouter",
        tuple(_prompt(row) for row in rows),
        tuple(row["task"] for row in rows),
        models,
        np.array([_price(declared[model]) for model in models]),
        np.array([[float(row["scores"][model]) for model in models] for row in rows]),
    )
    return questions, np.array([row["published_split"] == "test" for row in rows])


def _prompt(row: Mapping[str, object]) -> str:
    choices = row.get("choices")
    return f"{row['query']}\n{choices}" if choices else str(row["query"])


def _price(model: Mapping[str, float]) -> float:
    """The mean of the prices in and out: token counts are not recorded."""
    prices = [value for name, value in model.items() if "price" in name]
    if not prices:
        raise DataError(f"models.json: no price among {', '.join(model)}")
    return float(np.mean(prices))

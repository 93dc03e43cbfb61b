"""Questions with known outcomes per model, as RouteLLM and LLMRouter publish them."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# US dollars per million tokens that the RouteLLM paper assumes for the weak and the strong model.
ROUTELLM_PRICES = (0.24, 24.7)
OUTCOMES = (("weak_correct", "strong_correct"), ("weak_score", "strong_score"))
ROUTELLM_ENDINGS = (".csv.gz", ".csv")
LLMROUTER_FILES = ("queries.jsonl.gz", "queries.jsonl")


class DataError(ValueError):
    """The folder does not hold what is expected. The message is one line for people."""


@dataclass(frozen=True)
class Questions:
    """Questions of one set. `quality` is (questions, models), higher is better; `prices` US dollars per million tokens.

    `groups` are the subject, category or task where the source names one, else empty strings. Questions of one key are
    learned from or judged together: repeats of one prompt, and the turns of one conversation.
    """

    name: str
    prompts: tuple[str, ...]
    keys: tuple[str, ...]
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
            tuple(self.keys[row] for row in rows),
            tuple(self.groups[row] for row in rows),
            self.models,
            self.prices,
            self.quality[np.asarray(rows, dtype=np.int64)],
        )

    def without(self, others: "Questions") -> "Questions":
        """The questions that `others` do not hold, nor another turn of their conversation."""
        asked = {words(prompt) for prompt in others.prompts}
        known = {key for key, prompt in zip(self.keys, self.prompts, strict=True) if words(prompt) in asked}
        return self.part([row for row, key in enumerate(self.keys) if key not in known])

    def of(self, models: tuple[str, ...]) -> "Questions | None":
        """The same questions with the outcomes of `models`, in that order; None where one of them is not there."""
        if not set(models) <= set(self.models):
            return None
        places = [self.models.index(model) for model in models]
        return replace(self, models=models, prices=self.prices[places], quality=self.quality[:, places])


def words(prompt: str) -> str:
    """A prompt without what differs between two copies of one question: kind of line end, spaces, case."""
    return " ".join(prompt.split()).casefold()


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(f"{path}: neither UTF-8 nor whole gzip of it ({error})") from None


def read_routellm(path: Path) -> Questions:
    """One of RouteLLM's tables, CSV, gzipped or not; the set has the file's name. Raises `DataError`."""
    name = next(path.name.removesuffix(ending) for ending in ROUTELLM_ENDINGS if path.name.endswith(ending))
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    try:
        rows, shown = list(reader), set(reader.fieldnames or ())
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not CSV ({error})") from None
    columns = next((pair for pair in OUTCOMES if {"prompt", *pair} <= shown), None)
    if columns is None:
        raise DataError(f"{path}: needs the columns prompt, weak_correct, strong_correct (or weak_score, strong_score)")
    if not rows:
        raise DataError(f"{path}: no rows")
    quality = np.empty((len(rows), 2))
    for place, row in enumerate(rows):
        try:
            quality[place] = [float(row[column]) for column in columns]
        except (TypeError, ValueError):
            raise DataError(f"{path}: row {place + 1} has no number as {' or '.join(columns)}") from None
    if not np.isfinite(quality).all():
        raise DataError(f"{path}: {' or '.join(columns)} is no finite number somewhere")
    prompts = tuple(row["prompt"] or "" for row in rows)
    talk = {"question_id", "turn"} <= shown
    return Questions(
        name,
        prompts,
        tuple((talk and row["question_id"]) or words(prompt) for row, prompt in zip(rows, prompts, strict=True)),
        tuple(row.get("subject") or row.get("category") or "" for row in rows),
        ("weak", "strong"),
        np.array(ROUTELLM_PRICES),
        quality,
    )


def read_llmrouter(folder: Path) -> tuple[Questions, npt.NDArray[np.bool_]]:
    """LLMRouter's queries, and which of them belong to the published test part. Raises `DataError`."""
    path = next(found for name in LLMROUTER_FILES if (found := folder / name).exists())
    try:
        declared: Mapping[str, Mapping[str, float]] = json.loads(_text(folder / "models.json"))
    except ValueError as error:
        raise DataError(f"{folder / 'models.json'}: not JSON ({error})") from None
    prompts: list[str] = []
    tasks: list[str] = []
    tested: list[bool] = []
    models: tuple[str, ...] = ()
    quality: list[list[float]] = []
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            models = models or tuple(sorted(row["scores"]))
            quality.append([float(row["scores"][model]) for model in models])
            prompts.append(_prompt(row))
            tasks.append(str(row.get("task") or ""))
            tested.append(row.get("published_split") == "test")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}:{number}: no query with a score of each model ({error!r})") from None
    if len(models) < 2:
        raise DataError(f"{path}: no query with scores of two models or more")
    missing = [model for model in models if model not in declared]
    if missing:
        raise DataError(f"{folder / 'models.json'}: has no price of {', '.join(missing)}")
    if not np.isfinite(quality).all():
        raise DataError(f"{path}: a score is no finite number")
    questions = Questions(
        "llmrouter",
        tuple(prompts),
        tuple(map(words, prompts)),
        tuple(tasks),
        models,
        np.array([_price(declared[model]) for model in models]),
        np.array(quality),
    )
    return questions, np.array(tested)


def _prompt(row: Mapping[str, object]) -> str:
    choices = row.get("choices")
    return f"{row['query']}\n{choices}" if choices else str(row["query"])


def _price(model: Mapping[str, float]) -> float:
    """The mean of the prices in and out: token counts are not recorded."""
    prices = [value for name, value in model.items() if "price" in name]
    if not prices:
        raise DataError(f"models.json: no price among {', '.join(model)}")
    return float(np.mean(prices))

"""Which model will do well on a question: word and character n-grams and a few counts in a ridge regression, mixed with
a kernel ridge regression on what the question means."""

import re
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors

from benchmarks.routing.curves import Array
from benchmarks.routing.datasets import Questions
from benchmarks.routing.meaning import by_meaning, meanings

# Chosen by cross-validation; few questions carry few rare n-grams and want less of it.
RIDGE, RIDGE_FEW, FEW = 50.0, 20.0, 2000
COUNT_WEIGHT = 0.1
GROUP_WEIGHT = 1.0
NEIGHBOURS = 40
# Chosen on MMLU and GSM8K by the same cross-validation, as the kernel of `meaning` was.
MEANING_SHARE = 0.3

_PATTERNS = (
    r"\d[\d,.]*",
    r"[.?!]",
    r"[$%]",
    r"\b(?:not|except|incorrect|false)\b",
    r"_+",
    r"\bstatement\b",
    r"\b(?:half|twice|third|quarter|double|triple|percent|times)\b",
    r"\b(?:each|every|per)\b",
    r"\b(?:if|then|remaining|left|more than|less than|fewer)\b",
    r"/",
    r"[=+*^\\<>]",
    r"[A-Z]",
)
_COMPILED = tuple(re.compile(pattern, re.IGNORECASE if pattern != "[A-Z]" else 0) for pattern in _PATTERNS)


def counts(prompts: tuple[str, ...]) -> Array:
    """Lengths and counts of what makes a question long or calculating, (questions, features), as logarithms."""
    rows = []
    for prompt in prompts:
        words = prompt.split()
        found = [len(pattern.findall(prompt)) for pattern in _COMPILED]
        rows.append([len(prompt), len(words), sum(map(len, words)) / max(1, len(words)), len(set(words)), *found])
    logs: Array = np.log1p(np.array(rows, dtype=np.float64))
    return logs


class Features:
    """Turns questions into rows; its vocabularies and scales come from the training questions."""

    def __init__(self, train: Questions) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=100_000)
        self._characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3, max_features=150_000
        )
        self._words.fit(train.prompts)
        self._characters.fit(train.prompts)
        known = counts(train.prompts)
        self._mean, self._scale = known.mean(axis=0), known.std(axis=0) + 1e-9
        self._groups = {group: place for place, group in enumerate(sorted(set(train.groups)))}

    def text(self, questions: Questions) -> Any:
        """What the prompts show: a sparse matrix, one row a question."""
        numbers = (counts(questions.prompts) - self._mean) / self._scale
        words, characters = self._words.transform(questions.prompts), self._characters.transform(questions.prompts)
        return hstack([words, characters, csr_matrix(COUNT_WEIGHT * numbers)]).tocsr()

    def groups(self, questions: Questions) -> Any:
        """The subject or task that the source gives with each question, as indicators."""
        shown = np.zeros((len(questions), len(self._groups)))
        for row, group in enumerate(questions.groups):
            if group in self._groups:
                shown[row, self._groups[group]] = GROUP_WEIGHT
        return csr_matrix(shown)


def predicted(train: Questions, asked: Questions, with_groups: bool) -> dict[str, Array]:
    """Expected quality of each model on `asked`, (questions, models), learned from `train`.

    `router` sees the prompts only; `grouped`, where wanted, also the subject or task that the source gives.
    """
    features = Features(train)
    known, new = features.text(train), features.text(asked)
    found = {"router": _fitted(train, known, new)}
    if with_groups:
        known, new = hstack([known, features.groups(train)]).tocsr(), hstack([new, features.groups(asked)]).tocsr()
        found["grouped"] = _fitted(train, known, new)
    meant = by_meaning(meanings(train.prompts), train.quality, meanings(asked.prompts))
    return {name: (1.0 - MEANING_SHARE) * values + MEANING_SHARE * meant for name, values in found.items()}


def _fitted(train: Questions, known: Any, new: Any) -> Array:
    mean = train.quality.mean(axis=0)
    model = Ridge(alpha=RIDGE if len(train) > FEW else RIDGE_FEW, solver="sparse_cg", tol=1e-3)
    found: Array = model.fit(known, train.quality - mean).predict(new) + mean
    return found


class Nearest:
    """The mean quality of each model on the most similar training questions (cosine of TF-IDF)."""

    def __init__(self, train: Questions) -> None:
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=1)
        self._index = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(train)), metric="cosine", algorithm="brute")
        self._index.fit(self._vectorizer.fit_transform(train.prompts))
        self._quality = train.quality

    def predict(self, questions: Questions) -> Array:
        """(questions, models)."""
        near = self._index.kneighbors(self._vectorizer.transform(questions.prompts), return_distance=False)
        found: Array = self._quality[near].mean(axis=1)
        return found

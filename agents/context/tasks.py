"""What a message asks for, by a linear model over its words, a few cues and, where it is to be had, its vector.

Fitted by `python -m benchmarks.context.fit_tasks` on `artefact/intents.tsv`, examples written for the purpose;
`make eval-context` measures it on others.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.context.encoder import Vectors

ARTEFACT = Path(__file__).parent / "artefact"
EXAMPLES = ARTEFACT / "intents.tsv"
WEIGHTS = ARTEFACT / "tasks.npz"
TASKS = ("explain", "practise", "check", "support", "plan", "smalltalk", "offtopic", "unsafe")
UNKNOWN = "unknown"
LEAST_PROBABILITY = 0.3
VECTOR_WEIGHT = 2.0
# A message may be long; what it asks for stands at its ends.
HEAD_CHARS, TAIL_CHARS = 300, 200

# ruff: noqa: E501 - a cue reads best in one line
# What examples are too few to teach: each cue is one more feature, and how much it says is fitted like any other's.
CUES = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "asks how or why": r"^\W*(?:but |so |and |wait,? )?(?:how|why|what|when|where|which|who)\b",
        "asks to explain": r"\b(?:explain|show me|help me (?:with|understand)|hint|break (?:it|this) down|walk me through|"
        r"example of|step by step|mean by|rule for)\b",
        "does not follow": r"\b(?:don'?t|didn'?t|can'?t|do not|not) (?:really |quite )?(?:get|understand|follow|see)\b|\b(?:lost|confused|unclear)\b",
        "asks for work": r"\b(?:another|next|more|new|harder|easier|similar|give me (?:a|an|some|five)?)\b.{0,20}"
        r"\b(?:one|ones|exercises?|problems?|questions?|tasks?|practi[sc]e)\b|\b(?:quiz|drill|test|ask) me\b|\bpractis?c?e\b|\blet me try\b",
        "states a result": r"\b(?:i got|i get|i think|answer is|my answer|equals?|it'?s|that makes|would be)\b.{0,30}\d|=\s*-?\d"
        # A number alone; written so that no sign has two places to stand in.
        r"|^\W*\d(?:[\d./]*\d)?\W*$|^[^\w./]*[./]\W*$",
        "tells steps done": r"\bi (?:first )?(?:added|subtracted|multiplied|divided|did|took|put|wrote|used|moved|started)\b",
        "asks if right": r"\b(?:is|was) (?:it|this|that|my)\b.{0,25}(?:right|correct|ok|wrong|\d)|\b(?:correct|right)\s*\?|\bcheck (?:my|this|it)\b|\bdid i\b",
        "tells a feeling": r"\b(?:i'?m|i am|i feel|feeling|makes me|so)\s+(?:\w+\s+){0,2}(?:stupid|dumb|sad|scared|afraid|nervous|"
        r"stressed|anxious|tired|frustrat\w+|overwhelmed|bored|worried|angry|hopeless|bad|alone|panick?\w*|upset|exhausted|depressed)\b",
        "gives up": r"\b(?:give up|hate|can'?t do (?:this|it)|never (?:get|learn|understand)|too hard|so bad|cry|annoying|smart enough|laugh at me|sick of)\b",
        "speaks of time or goals": r"\b(?:plan|schedule|exam|progress|goal|review|due|prepare|chapters?|next|weeks?|friday|monday|lessons?|weak|"
        r"study|so far|last time|today|left|ready for)\b",
        "asks where to go": r"\bwhat (?:should|do|are|comes?|did)\b.{0,15}\b(?:i|we|next|after)\b|\bhow (?:am i|much|many|long)\b",
        "greets or thanks": r"^\W*(?:hi|hello|hey|good (?:morning|evening|night|afternoon)|thanks?|thank you|bye|see you|ok(?:ay)?|"
        r"yes|no|cool|nice|great|haha|lol|sure|perfect|awesome|you'?re|sounds)\b",
        "is about something else": r"\b(?:weather|football|game|movie|film|song|music|pizza|food|phone|party|president|capital|joke|cake|"
        r"car|flight|video|minecraft|cat|dog|celebrity|team|netflix|shop|clothes|wear|recipe|instagram|tiktok|girlfriend|boyfriend)s?\b",
        "wants to steer": r"\b(?:instructions?|system prompt|prompt|rules|filters?|restrictions?|unrestricted|developer mode|jailbreak|hidden|"
        r"pretend|ignore|disregard|reveal|password|hack\w*|account)\b",
        "wants harm": r"\b(?:bombs?|weapons?|drugs?|kill|hurt|steal|naked|without clothes|insult|poison|gun|knife|porn|cheat)\b",
    }.items()
}
CUE_WEIGHT = 2.0

WORD = re.compile(r"[a-z']+|\d+(?:[./]\d+)?|[?=+!]")
Weights = npt.NDArray[np.float64]


def features(text: str) -> dict[str, float]:
    """Single words, pairs of neighbours and a few signs of form, scaled to length 1."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = f"{text[:HEAD_CHARS]} {text[-TAIL_CHARS:]}"
    words = ["#" if word[0].isdigit() else word for word in WORD.findall(text.lower().replace("’", "'"))]
    found: dict[str, float] = {}
    for word in words:
        found[word] = 1.0
    for pair in zip(["<", *words], [*words, ">"], strict=True):
        found[" ".join(pair)] = 0.7
    if words and words[-1] != "?":
        found["states"] = 0.5
    if "#" in words:
        found[f"numbers {min(3, words.count('#'))}"] = 1.0
    found[f"length {min(4, int(math.log2(len(words) + 1)))}"] = 0.5
    found.update((f"cue {name}", CUE_WEIGHT) for name, pattern in CUES.items() if pattern.search(text))
    norm = math.sqrt(sum(weight * weight for weight in found.values()))
    return {name: weight / norm for name, weight in found.items()}


class TaskModel:
    """Two sets of weights, for messages with and without a vector.

    `columns` are the names of the word features; the weights have a row for each, one for a constant, and, in
    `with_vector`, 384 more; and a column a task.
    """

    def __init__(self, columns: Sequence[str], words_only: Weights, with_vector: Weights) -> None:
        self._column = {name: index for index, name in enumerate(columns)}
        self._words_only, self._with_vector = words_only, with_vector

    @classmethod
    def load(cls, path: Path) -> "TaskModel":
        """The model in a file of `numpy.savez`."""
        with np.load(path) as kept:
            columns = [str(name) for name in kept["columns"]]
            return cls(columns, kept["words_only"].astype(np.float64), kept["with_vector"].astype(np.float64))

    def probabilities(self, text: str, vector: Vectors | None = None) -> dict[str, float]:
        """Probability of each task; they add up to 1. `vector`: the text's, shape (384,), length 1."""
        weights = self._words_only if vector is None else self._with_vector
        count = len(self._column)
        known = [(self._column[name], weight) for name, weight in features(text).items() if name in self._column]
        columns = [column for column, _ in known]
        # Summed by einsum: BLAS would wake its threads for a few products.
        logits = weights[count] + np.einsum("i,ij->j", [weight for _, weight in known], weights[columns])
        if vector is not None:
            logits += np.einsum("i,ij->j", vector * VECTOR_WEIGHT, weights[count + 1 :])
        raised = np.exp(logits - logits.max())
        raised /= raised.sum()
        return {task: float(p) for task, p in zip(TASKS, raised, strict=True)}

    def task(self, text: str, vector: Vectors | None = None) -> str:
        """The likeliest task, or `unknown` where none is likely enough."""
        task, probability = max(self.probabilities(text, vector).items(), key=lambda item: item[1])
        return task if probability >= LEAST_PROBABILITY else UNKNOWN


def examples() -> list[tuple[str, str]]:
    """The examples as (task, text)."""
    rows = [line.split("\t") for line in EXAMPLES.read_text(encoding="utf-8").splitlines() if line]
    return [(task, text) for task, text in rows]


@lru_cache(maxsize=1)
def default() -> TaskModel:
    """The fitted model that comes with the package, read once."""
    return TaskModel.load(WEIGHTS)

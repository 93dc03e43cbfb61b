"""Which model will do well on a question, by what it means: the context stage's sentence encoder, kernel ridge
regression."""

import sys
from functools import cache

import numpy as np

from agents.context.encoder import SentenceEncoder, Vectors, unrationed
from benchmarks.routing.curves import Array

KERNEL_WIDTH, RIDGE = 1.0, 3.0
MOST_TOKENS = 128
BATCH = 8
SAY_EVERY = 1000


def by_meaning(known: Vectors, quality: Array, asked: Vectors) -> Array:
    """Expected quality, (asked, models), by what was learned of `quality`, (known, models). The kernel is Gaussian."""
    mean = quality.mean(axis=0)
    alike = _kernel(known, known) + RIDGE * np.eye(len(known), dtype=np.float32)
    found: Array = _kernel(asked, known) @ np.linalg.solve(alike, quality - mean) + mean
    return found


def _kernel(some: Vectors, others: Vectors) -> Vectors:
    # The vectors have length 1.
    found: Vectors = np.exp(-KERNEL_WIDTH * (2.0 - 2.0 * some @ others.T))
    return found


def meanings(prompts: tuple[str, ...]) -> Vectors:
    """(prompts, 384); each prompt is read once a process."""
    encoder, kept = _encoder()
    # Side by side those of like length: a batch is as long as its longest text.
    new = sorted({prompt for prompt in prompts if prompt not in kept}, key=lambda prompt: (len(prompt), prompt))
    for first in range(0, len(new), BATCH):
        batch = new[first : first + BATCH]
        kept.update(zip(batch, encoder.encode(batch), strict=True))
        if first and first % SAY_EVERY == 0:
            print(f"{first} of {len(new)} questions read", file=sys.stderr, flush=True)
    return np.stack([kept[prompt] for prompt in prompts])


@cache
def _encoder() -> tuple[SentenceEncoder, dict[str, Vectors]]:
    return unrationed(MOST_TOKENS), {}

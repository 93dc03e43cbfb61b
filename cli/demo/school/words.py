"""What learners write."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from random import Random

import yaml

FILE = Path(__file__).with_name("words.yaml")


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, tuple[str, ...]]:
    """The sentences by occasion, with their placeholders."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {occasion: tuple(sentences) for occasion, sentences in raw.items()}


def write(occasion: str, draw: Random, *, concept: str, question: str, answer: str, last: str = "") -> str:
    """A sentence for the occasion, another one than `last` (a sentence with its placeholders filled)."""
    filled = [
        sentence.replace("{concept}", concept).replace("{question}", question).replace("{answer}", answer)
        for sentence in phrases()[occasion]
    ]
    return draw.choice([text for text in filled if text != last])

"""The replies that were written for the simulated class: `lessons.yaml`, read and checked."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("lessons.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lesson(_Part):
    """What can be said about one concept."""

    idea: str
    example: str
    step: str


class Opening(_Part):
    """How a reply of one tone begins: with the feeling named, or without."""

    named: list[str]
    plain: list[str]


class Lessons(_Part):
    """The whole file."""

    openings: dict[str, Opening]
    endings: dict[str, list[str]]
    concepts: dict[str, Lesson]
    otherwise: Lesson

    def about(self, concept_id: str | None) -> Lesson:
        """The lesson on a concept; the general one where there is none."""
        return self.concepts.get(concept_id or "", self.otherwise)


@lru_cache(maxsize=1)
def lessons() -> Lessons:
    """The lessons, read once."""
    return Lessons.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))

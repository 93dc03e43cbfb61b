"""The windows of `config/windows.yaml`; the file describes its own format."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.yaml_model import read

BUILT_IN = Path(__file__).parent / "windows.yaml"

Kind = Literal["tenant", "course", "concept", "provider", "version", "emotion", "item"]


class WindowsError(ValueError):
    """The file does not describe windows; the message says where, in one line."""


class Span(BaseModel):
    """Windows of one length. `every` is the step between their starts; 0 stands for the length itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: int = Field(ge=1)
    every: int = Field(0, ge=0)
    kinds: tuple[Kind, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _steps_fit(self) -> "Span":
        if self.every and self.seconds % self.every:
            raise ValueError(f"'every' ({self.every}) must divide 'seconds' ({self.seconds})")
        return self

    @property
    def step(self) -> int:
        """Seconds between two starts."""
        return self.every or self.seconds


class WindowRules(BaseModel):
    """What the analytics stage aggregates, and when it says so."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: Literal[1] = 1
    spans: tuple[Span, ...] = Field(min_length=1)
    grace_seconds: float = Field(120, ge=0)
    update_seconds: float = Field(1, ge=0)
    update_records: int = Field(500, ge=1)
    idle_seconds: float = Field(30, gt=0)
    live_seconds: float = Field(300, gt=0)
    most_open: int = Field(1000, ge=2)

    @model_validator(mode="after")
    def _lengths_differ(self) -> "WindowRules":
        lengths = [span.seconds for span in self.spans]
        if len(set(lengths)) != len(lengths):
            raise ValueError("two spans have the same length; put their kinds into one")
        return self


@lru_cache(maxsize=8)
def load(path: str = "") -> WindowRules:
    """The rules in the file at `path`, or the built-in ones for an empty path. Raises `WindowsError`."""
    return read(WindowRules, Path(path) if path else BUILT_IN, "windows", WindowsError)

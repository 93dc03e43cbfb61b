"""The experiments of `config/experiments.yaml`; the file describes its own format."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.yaml_model import read

BUILT_IN = Path(__file__).parent / "experiments.yaml"


class ExperimentsError(ValueError):
    """The file does not describe experiments; the message says where, in one line."""


class Experiment(BaseModel):
    """One experiment on one kind of intervention."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_-]+$")
    intervention: str = Field(min_length=1)
    design: Literal["held_out", "alternating"]
    share: float = Field(0.1, gt=0, lt=1)
    period_seconds: int = Field(86_400, ge=60)
    tenants: tuple[str, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "Experiment":
        if self.begins is not None and self.ends is not None and _utc(self.begins) >= _utc(self.ends):
            raise ValueError(f"experiment {self.key!r} ends before it begins")
        return self

    def on(self, kind: str, tenant_id: str, at: int) -> bool:
        """Whether it runs for interventions of `kind` in this tenant at `at` (event time, microseconds)."""
        if kind != self.intervention or (self.tenants and tenant_id not in self.tenants):
            return False
        if self.begins is not None and at < _utc(self.begins).timestamp() * 1e6:
            return False
        return self.ends is None or at < _utc(self.ends).timestamp() * 1e6


class ExperimentsFile(BaseModel):
    """All experiments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    experiments: tuple[Experiment, ...] = ()

    @model_validator(mode="after")
    def _keys_differ(self) -> "ExperimentsFile":
        keys = [one.key for one in self.experiments]
        if len(set(keys)) != len(keys):
            raise ValueError("two experiments have the same key")
        return self


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


@lru_cache(maxsize=8)
def load(path: str = "") -> tuple[Experiment, ...]:
    """The experiments in the file at `path`, or the built-in ones for an empty path. Raises `ExperimentsError`."""
    return read(ExperimentsFile, Path(path) if path else BUILT_IN, "experiments", ExperimentsError).experiments

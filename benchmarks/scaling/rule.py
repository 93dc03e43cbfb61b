"""The chart's own scaling rule, read from its values."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.scaling.autoscaler import Direction

VALUES = Path(__file__).parents[2] / "deploy" / "helm" / "masterx" / "values.yaml"


@dataclass(frozen=True, slots=True)
class Rule:
    """What decides for one app: thresholds as KEDA gets them, and how fast it goes."""

    least: int
    most: int
    lag_threshold: float
    rate_threshold: float
    bound: str
    polling_seconds: int
    deadline_seconds: float
    drain_seconds: float
    up: Direction
    down: Direction


def read(app: str, file: Path = VALUES) -> Rule:
    """The rule of `app`."""
    values = yaml.safe_load(file.read_text())
    own, common, workers = values[app]["scaling"], values["scaling"], values["workers"]

    def direction(name: str) -> Direction:
        given = common[name]
        return Direction(given["stabilizationSeconds"], given["pods"], given["periodSeconds"])

    return Rule(
        own["min"],
        own["max"],
        own["messagesPerSecond"] * own["lagSeconds"],
        own["messagesPerSecond"],
        common["forecastBound"],
        common["pollingInterval"],
        workers["deadlineSeconds"],
        workers["drainSeconds"],
        direction("up"),
        direction("down"),
    )

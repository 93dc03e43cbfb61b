"""The catalogue: each metric once, with words for the operator, and none that could name a learner."""

import re
from pathlib import Path

from gateway.routes import health
from pipeline.telemetry import metrics

LABELS = {"stage", "group", "topic", "partition", "what", "part", "bound"}


def test_names_are_unique_and_labels_name_no_learner() -> None:
    names = [metric.name for metric in metrics.ALL]
    assert len(names) == len(set(names))
    assert {label for metric in metrics.ALL for label in metric.labels} <= LABELS
    assert all(metric.meaning.endswith(".") and metric.when_it_rises.endswith(".") for metric in metrics.ALL)


def test_the_gateway_has_the_metrics_of_the_catalogue_and_no_others() -> None:
    declared = set(re.findall(r'"(masterx_gateway_\w+)"', Path(health.__file__).read_text()))
    assert declared == {metric.name for metric in metrics.GATEWAY}

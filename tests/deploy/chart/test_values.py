"""values.yaml: each value is explained, is in the schema, and has the source that it names."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from cli.capacity.model import Assumed
from config.settings import Settings
from tests.deploy.chart.render import CHART, ROOT

TEXT = (CHART / "values.yaml").read_text()
VALUES = yaml.safe_load(TEXT)
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
RESTORED, CARRIED = "2026-11-25T18:37:54+00:00", "2026-11-25T21:30:37+00:00"
TAKEN, HELD = "2026-11-25T13:57:05+00:00", "2026-11-25T19:38:03+00:00"


def measured(name: str, at: str) -> dict[str, Any]:
    """The line of the history that a comment names."""
    lines = (ROOT / "benchmarks" / "history" / f"{name}.jsonl").read_text().splitlines()
    [found] = [one for one in map(json.loads, lines) if one["at"] == at]
    return dict(found)


def mebibytes(text: str) -> float:
    return float(text[:-2]) * (1024 if text.endswith("Gi") else 1)


def keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            # A list's items and a selector's labels are of one value.
            yield from keys(value)


def test_every_value_has_a_comment() -> None:
    lines = TEXT.splitlines()
    bare = [
        key.value for key in keys(yaml.compose(TEXT)) if not lines[key.start_mark.line - 1].lstrip().startswith("#")
    ]
    assert bare == []


def test_the_schema_knows_every_value_and_refuses_others() -> None:
    assert list(Draft7Validator(SCHEMA).iter_errors(VALUES)) == []
    assert set(SCHEMA["properties"]) == {*VALUES, "global"}

    def closed(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if "properties" in schema:
                yield schema.get("additionalProperties")
            for inner in schema.values():
                yield from closed(inner)

    assert set(closed(SCHEMA)) == {False}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kafka": {**VALUES["kafka"], "password": "x"}}, "password"),
        ({"settings": {"MASTERX_KAFKA_PASSWORD": "x"}}, "MASTERX_KAFKA_PASSWORD"),
        ({"settings": {"GROQ_API_KEY": "x"}}, "GROQ_API_KEY"),
        ({"redis": {**VALUES["redis"], "url": "redis://:secret@valkey:6379"}}, "secret"),
        ({"topics": {**VALUES["topics"], "partitions": 0}}, "0"),
    ],
)
def test_the_schema_refuses(change: dict[str, Any], where: str) -> None:
    assert any(where in error.message for error in Draft7Validator(SCHEMA).iter_errors(VALUES | change))


@pytest.mark.parametrize("app", ["core", "routing", "sinks"])
def test_what_a_worker_carries_is_what_was_measured(app: str) -> None:
    cpu = measured("whole-way", CARRIED)["cpu_ms_per_message"]
    of_app = cpu["core"]["total"] if app == "core" else cpu[app]
    assert VALUES[app]["scaling"]["messagesPerSecond"] == int(1000 * Assumed().utilisation / of_app)


def test_memory_is_what_was_measured_and_room() -> None:
    restored, taken = measured("restore", RESTORED)["worker_mb_1000000"], measured("footprint", TAKEN)["memory_mb"]
    asked = {app: mebibytes(VALUES[app]["resources"]["requests"]["memory"]) for app in ("core", "routing", "sinks")}
    assert restored * 1.1 < asked["core"] < restored * 1.25
    assert 2 * taken["routing"] <= asked["routing"] < 2.3 * taken["routing"]
    assert 2 * taken["sinks"] <= asked["sinks"] < 2.3 * taken["sinks"]
    streams = measured("gateway", HELD)["kib_per_session"] * VALUES["gateway"]["scaling"]["streams"] / 1024
    replies = Settings.model_fields["gateway_replay_bytes"].default / 2**20
    of_gateway = mebibytes(VALUES["gateway"]["resources"]["requests"]["memory"])
    assert streams + replies + 150 <= of_gateway < streams + replies + 200


def test_volumes_and_start_are_what_was_measured_and_room() -> None:
    state = sum(
        measured(name, at)["bytes_per_learner"]
        for name, at in (("profile", "2026-11-22T19:08:21+00:00"), ("context-bench", "2026-11-22T19:24:00+00:00"))
    )
    assert f"{state:,}" in TEXT
    assert 2 * 50_000 * state / 2**20 <= mebibytes(VALUES["core"]["volumeSize"])
    assert measured("restore", RESTORED)["restore_s_1000000"] < VALUES["workers"]["startSeconds"]


def test_the_rest_agrees_with_the_capacity_model_and_the_settings() -> None:
    assumed, defaults = Assumed(), Settings.model_fields
    for app in ("core", "routing", "sinks"):
        assert VALUES[app]["scaling"]["max"] * assumed.partitions_a_worker <= VALUES["topics"]["partitions"]
    assert VALUES["gateway"]["scaling"]["streams"] == assumed.sessions_a_gateway
    assert VALUES["workers"]["deadlineSeconds"] == defaults["deadline_seconds"].default
    assert VALUES["workers"]["stuckSeconds"] == defaults["stuck_seconds"].default
    assert VALUES["topics"]["retentionHours"] == defaults["retention_hours"].default

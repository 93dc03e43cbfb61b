"""Faust's assignor with weights: what members get for what the broker says of the partitions' load."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from faust.assignor import partition_assignor
from faust.assignor.client_assignment import ClientAssignment, ClientMetadata
from faust.assignor.copartitioned_assignor import CopartitionedAssignor
from yarl import URL

from config.settings import Settings
from local.stack import Stack
from pipeline.assignor import WeighingAssignor, recent_records

TOPICS = ["events", "answers", "app-table-changelog"]
PARTITIONS = 16


def member(had: list[int], url: str) -> ConsumerProtocolMemberMetadata:
    assignment = ClientAssignment(actives=dict.fromkeys(TOPICS, had) if had else {}, standbys={})
    metadata = ClientMetadata(assignment=assignment, url=url, changelog_distribution={}, topic_groups={})
    return ConsumerProtocolMemberMetadata(0, TOPICS, metadata.dumps())


def assign(loads: list[float], members: dict[str, list[int]]) -> tuple[dict[str, ClientAssignment], list[list[str]]]:
    asked: list[list[str]] = []

    def tell(topics: list[str], partitions: int) -> list[float]:
        asked.append(topics)
        assert partitions == len(loads)
        return loads

    app: Any = SimpleNamespace(
        loads=tell,
        tables=SimpleNamespace(changelog_topics={TOPICS[2]}, data={}),
        conf=SimpleNamespace(canonical_url=URL("http://a")),
        tracer=None,
        sensors=SimpleNamespace(on_assignment_start=lambda _: None, on_assignment_completed=lambda *_: None),
    )
    assignor = WeighingAssignor(app, replicas=1)
    cluster: Any = SimpleNamespace(partitions_for_topic=lambda topic: set(range(PARTITIONS)))
    metadata = {name: member(had, f"http://{name}") for name, had in members.items()}
    made = assignor.assign(cluster, metadata)
    got = {
        name: ClientMetadata.loads(WeighingAssignor._decompress(found.user_data)).assignment
        for name, found in made.items()
    }
    return got, asked


def test_members_get_the_same_load_and_topics_stay_together() -> None:
    loads = [150.0, *[10.0] * 15]
    got, asked = assign(loads, {"a": list(range(8)), "b": list(range(8, 16))})
    assert asked == [["answers", "events"]]
    for assignment in got.values():
        assert len({tuple(sorted(assignment.actives[topic])) for topic in TOPICS}) == 1
    assert sorted(len(assignment.actives["events"]) for assignment in got.values()) == [1, 15]
    for assignment in got.values():
        assert set(assignment.standbys["events"]) == set(range(16)) - set(assignment.actives["events"])


def test_faust_has_its_own_assignor_back() -> None:
    assign([1.0] * PARTITIONS, {"a": []})
    assert partition_assignor.CopartitionedAssignor is CopartitionedAssignor


@pytest.mark.kafka
def test_the_broker_tells_the_records_of_the_last_hour(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    # A broker that other tests keep busy may take its time.
    monkeypatch.setattr("pipeline.assignor.ASK_SECONDS", 30.0)
    bootstrap = stack.environment()["MASTERX_KAFKA_BOOTSTRAP"]
    topic = f"loads-{time.time_ns()}"
    config = {"message.timestamp.type": "CreateTime"}
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 2, config=config)])[topic].result()
    producer = Producer({"bootstrap.servers": bootstrap})
    now = time.time_ns() // 1_000_000
    for partition, hours_ago, count in ((0, 2, 5), (0, 0, 3), (1, 2, 4)):
        for _ in range(count):
            producer.produce(topic, b"x", partition=partition, timestamp=now - hours_ago * 3_600_000)
    producer.flush()
    assert recent_records(Settings(kafka_bootstrap=bootstrap), [topic], 2) == [4.0, 1.0]


def test_without_a_broker_all_partitions_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.assignor.ASK_SECONDS", 0.1)
    assert recent_records(Settings(kafka_bootstrap="127.0.0.1:1"), ["events"], 3) == [1.0, 1.0, 1.0]

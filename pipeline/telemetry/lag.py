"""How far a group is behind, from the broker's own figures: a worker's word on itself is not enough."""

from collections.abc import Collection
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands in one partition; `committed` is None before its first commit."""

    committed: int | None
    lag: int


def positions(
    admin: AdminClient, group: str, partitions: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Position]:
    """Where `group` stands. Raises `KafkaException` where the broker does not answer."""
    if not partitions:
        return {}
    asked = [TopicPartition(topic, number) for topic, number in sorted(partitions)]
    ends = {
        (tp.topic, tp.partition): future.result().offset
        for tp, future in admin.list_offsets({tp: OffsetSpec.latest() for tp in asked}, request_timeout=SECONDS).items()
    }
    firsts = {
        (tp.topic, tp.partition): future.result().offset
        for tp, future in admin.list_offsets(
            {tp: OffsetSpec.earliest() for tp in asked}, request_timeout=SECONDS
        ).items()
    }
    request = [ConsumerGroupTopicPartitions(group, asked)]
    [answer] = admin.list_consumer_group_offsets(request, request_timeout=SECONDS).values()
    found: dict[tuple[str, int], Position] = {}
    for tp in answer.result().topic_partitions:
        at = (tp.topic, tp.partition)
        committed = tp.offset if tp.offset >= 0 else None
        found[at] = Position(committed, max(ends[at] - max(committed or 0, firsts[at]), 0))
    return found

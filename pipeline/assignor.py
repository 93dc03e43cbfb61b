"""Faust's assignor, which counts partitions, with one that weighs them by the records of the last hour."""

import logging
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from faust.assignor import partition_assignor
from faust.assignor.client_assignment import CopartitionedAssignment
from faust.assignor.copartitioned_assignor import CopartitionedAssignor

from config.kafka import librdkafka
from config.settings import Settings
from pipeline.balance import balanced

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
# Asked by the group's leader while the group waits for it: well under the session time-out.
ASK_SECONDS = 1.5

Loads = Callable[[Sequence[str], int], Sequence[float]]
_seam = threading.Lock()


def recent_records(settings: Settings, topics: Sequence[str], partitions: int) -> list[float]:
    """Records of the last hour by partition, over those of `topics` that have so many partitions, and one more each.

    That one more spreads partitions by their number where nothing has been written yet. Blocks up to 3 s; where the
    broker does not tell, all are equal.
    """
    loads = [1.0] * partitions
    admin = AdminClient(librdkafka(settings))
    places = [TopicPartition(topic, partition) for topic in topics for partition in range(partitions)]
    since = OffsetSpec.for_timestamp(time.time_ns() // 1_000_000 - HOUR_MS)
    try:
        asked = [
            admin.list_offsets(dict.fromkeys(places, spec), request_timeout=ASK_SECONDS)
            for spec in (OffsetSpec.latest(), since)
        ]
        ends, starts = ({place: found.result().offset for place, found in answers.items()} for answers in asked)
    except KafkaException as error:
        log.warning("partitions are spread by their number: the broker did not tell their load: %s", error)
        return loads
    for place in places:
        # -1: nothing has been written since.
        if starts[place] >= 0:
            loads[place.partition] += ends[place] - starts[place]
    return loads


class WeighingAssignor(partition_assignor.PartitionAssignor):  # type: ignore[misc]
    """Spreads a group's partitions so that its members get the same number of records, not of partitions.

    `app.loads(topics, partitions)` tells the load of each partition of topics that go together.
    """

    def _perform_assignment(self, cluster: Any, member_metadata: Any) -> Any:
        loads: Loads = self.app.loads
        changelogs = self.app.tables.changelog_topics

        class Weighing(CopartitionedAssignor):  # type: ignore[misc]
            def get_assignment(self) -> MutableMapping[str, CopartitionedAssignment]:
                clients: MutableMapping[str, CopartitionedAssignment] = self._client_assignments
                read = sorted(self.topics - changelogs)
                weights = loads(read, self.num_partitions) if read else [1.0] * self.num_partitions
                owned = balanced(weights, {client: set(had.actives) for client, had in clients.items()})
                even = -(-self.num_partitions // len(clients))
                for client, had in clients.items():
                    had.actives = owned[client]
                    had.standbys = set(sorted(had.standbys - had.actives)[:even])
                # Stand-bys go by their number, as Faust has it. An owner of few heavy partitions may stand by for many
                # light ones.
                self.max_capacity: int = self.num_partitions
                self._assign(active=False)
                return clients

        # Faust builds its assignor from its module's name for the class: the only seam it leaves.
        with _seam:
            partition_assignor.CopartitionedAssignor = Weighing
            try:
                return super()._perform_assignment(cluster, member_metadata)
            finally:
                partition_assignor.CopartitionedAssignor = CopartitionedAssignor

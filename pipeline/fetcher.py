"""aiokafka's fetcher, with fetch sessions.

aiokafka names every assigned partition in every fetch, and the broker answers for every one, which costs both sides in
proportion to the partitions. In a session (KIP-227) only what changed is named.
"""

import time
from typing import Any, cast
from weakref import WeakSet

from aiokafka import TopicPartition
from aiokafka.consumer import consumer as consumer_module
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import FetchSessionIdNotFound
from aiokafka.protocol.fetch import FetchRequest, FetchRequestStruct

from pipeline.fetch_session import FetchSession, Place, by_topic

FIRST_VERSION_WITH_SESSIONS = 7
FIRST_VERSION_WITH_LEADER_EPOCH = 9
FIRST_VERSION_WITH_RACK = 11
CONSUMER = -1  # in place of a replica's id, and of offsets and epochs that only replicas know


class SessionFetchRequest(FetchRequest):  # type: ignore[misc]
    """A fetch within `session`. `topics` holds all that is wanted, what is sent only what changed."""

    def __init__(self, whole: FetchRequest, session: FetchSession) -> None:
        super().__init__(
            whole._max_wait_ms,
            whole._min_bytes,
            whole._max_bytes,
            whole._isolation_level,
            whole.topics,
            whole._rack_id,
        )
        self.session = session

    def build(self, request_struct_class: type[FetchRequestStruct]) -> FetchRequestStruct:
        """The request in the version that client and broker agreed on."""
        version = request_struct_class.API_VERSION
        if version < FIRST_VERSION_WITH_SESSIONS:
            return super().build(request_struct_class)
        limits: dict[Place, int] = {}
        wanted: dict[Place, int] = {}
        for topic, partitions in self.topics:
            for partition, offset, limit in partitions:
                wanted[topic, partition] = offset
                limits[topic, partition] = limit
        fetch = self.session.next(wanted)
        epoch = (CONSUMER,) if version >= FIRST_VERSION_WITH_LEADER_EPOCH else ()
        changed: dict[str, list[tuple[int, ...]]] = {}
        for place, offset in fetch.changed:
            changed.setdefault(place[0], []).append((place[1], *epoch, offset, CONSUMER, limits[place]))
        rack = (self._rack_id,) if version >= FIRST_VERSION_WITH_RACK else ()
        return request_struct_class(
            CONSUMER,
            self._max_wait_ms,
            self._min_bytes,
            self._max_bytes,
            self._isolation_level,
            fetch.session_id,
            fetch.epoch,
            list(changed.items()),
            by_topic(fetch.forgotten),
            *rack,
        )


class _Client:
    """The client, telling a fetch's session what became of it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        if not isinstance(request, SessionFetchRequest):
            return await self._client.send(node_id, request, **options)
        try:
            response = await self._client.send(node_id, request, **options)
        except BaseException:
            # Cancelled included: whether the broker has seen it is not known.
            request.session.failed()
            raise
        if response.API_VERSION >= FIRST_VERSION_WITH_SESSIONS:
            if response.error_code:
                request.session.failed(unknown=response.error_code == FetchSessionIdNotFound.errno)
            else:
                request.session.answered(response.session_id)
        return response


class SessionFetcher(Fetcher):  # type: ignore[misc]
    """One session a broker; and it wakes for what happened, not once for each partition that rests."""

    def __init__(self, client: Any, subscriptions: Any, **options: Any) -> None:
        self._sessions: dict[int, FetchSession] = {}
        # Weakly: those of an assignment that is gone never end.
        self._watched: WeakSet[Any] = WeakSet()
        super().__init__(_Client(client), subscriptions, **options)

    def _get_actions_per_node(self, assignment: Any) -> tuple[Any, Any, float, bool, list[Any]]:
        if self._in_flight and self._in_flight.issuperset(broker.nodeId for broker in self._client.cluster.brokers()):
            # Nothing can be sent before an answer comes: no need to look at each partition.
            return [], {}, self._fetcher_timeout, False, []
        requests, resets, timeout, invalid_metadata, resumed = super()._get_actions_per_node(assignment)
        for future in resumed:
            if future not in self._watched:
                self._watched.add(future)
                future.add_done_callback(self._on_resumed)
        within = [
            (node_id, SessionFetchRequest(request, self._sessions.setdefault(node_id, FetchSession())))
            for node_id, request in requests
        ]
        return within, resets, timeout, invalid_metadata, []

    def _on_resumed(self, future: Any) -> None:
        self._watched.discard(future)
        self._notify(self._wait_consume_future)

    async def _proc_fetch_request(self, assignment: Any, node_id: int, request: SessionFetchRequest) -> bool:
        woken = cast(bool, await super()._proc_fetch_request(assignment, node_id, request))
        if assignment.active:
            # In a session the answer leaves out what has no news: it was polled all the same.
            now = int(1000 * time.time())
            for topic, partitions in request.topics:
                for partition, _, _ in partitions:
                    assignment.state_value(TopicPartition(topic, partition)).timestamp = now
        return woken


def install() -> None:
    """Make every aiokafka consumer of this process fetch in sessions. It builds its fetcher from its module's name
    for the class: the only seam it leaves."""
    consumer_module.Fetcher = SessionFetcher

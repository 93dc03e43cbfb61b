"""Forgetting a learner everywhere, in the order in which nothing can bring them back.

First what is under way is let through, so that no record from before is read after the Erasure, not even by a worker
that crashes now. Then the Erasure; then, once the sinks have stored what was left, the rows.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.exits import UNAVAILABLE, Failure
from cli.learner import cache, tables
from cli.learner.kept import Kept
from cli.learner.progress import Progress
from cli.learner.proof import Proof, compared
from cli.learner.readers import COMPACTED, FLOW, OF_LEARNERS, READS, STATES, changelogs, state_keys

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from cli.learner.who import Who
    from config.settings import Settings

SOURCE = "learner erase"
FLUSH_SECONDS = 30.0
REDIS = "Redis"


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that may hold something of a learner, and the Kafka partition that is theirs."""

    settings: "Settings"
    clickhouse: "Client"
    redis: Any
    states: Kept
    partition: int

    def found(self, who: "Who") -> dict[str, int]:
        """What there is of the learner, by place."""
        names = [name for name in tables.holders(self.clickhouse) if name != tables.RECORD]
        return {
            **self.states.look(),
            **tables.counts(self.clickhouse, names, who),
            REDIS: len(cache.keys(self.redis, who)),
        }

    def requests(self, who: "Who") -> int:
        """Rows that say that the learner was to be forgotten."""
        return tables.counts(self.clickhouse, (tables.RECORD,), who)[tables.RECORD]


def watched(consumer: Any, who: "Who", partition: int) -> Kept:
    """The learner's state in every changelog, and the last records of compacted topics."""
    names = (*changelogs(), *(topic.name for topic in COMPACTED))
    return Kept(consumer, names, partition, state_keys(who.key))


def erase(
    services: Services,
    who: "Who",
    before: Mapping[str, int],
    *,
    requested_by: str,
    reason: str | None,
    patience: float,
    tell: Callable[[str], None],
) -> Proof:
    """Forget the learner and look everywhere again. Raises `Failure`."""
    from schemas.topics import ERASURES, dead_letters

    with Progress(services.settings, services.partition, patience, tell) as progress:
        for hop in FLOW:
            progress.until_read(hop, STATES)
        tell("the Erasure goes to masterx.erasures")
        _send(services, who, requested_by, reason)
        progress.until_read((ERASURES,), STATES)
        for topic in COMPACTED:
            _produce(services, topic.name, who.key, None, [])
        progress.until_read((*OF_LEARNERS, *map(dead_letters, OF_LEARNERS)), READS)
        names = [name for name in tables.holders(services.clickhouse) if name != tables.RECORD]
        for name in tables.delete(services.clickhouse, tables.counts(services.clickhouse, names, who), who):
            tell(f"deleted from {name}")
        cache.delete(services.redis, who)
        tell("looking everywhere again")
        return Proof(compared(before, services.found(who)), dict(progress.stuck))


def _send(services: Services, who: "Who", requested_by: str, reason: str | None) -> None:
    import time

    from cli.kafka import event_headers
    from schemas.codec import encode
    from schemas.topics import ERASURES

    event = {
        "event_id": str(uuid.uuid4()),
        "tenant_id": who.tenant,
        "learner_id": who.learner,
        "session_id": None,
        "course_id": None,
        "sent_at": time.time_ns() // 1000,
        "requested_by": requested_by,
        "reason": reason,
    }
    headers = event_headers(ERASURES, event, SOURCE)
    _produce(services, ERASURES.name, who.key, encode(ERASURES.event, event), headers)


def _produce(services: Services, topic: str, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    from cli.kafka import producer

    client = producer(services.settings, **{"linger.ms": 0})
    failed: list[str] = []

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failed.append(error.str())

    client.produce(topic, value, key, partition=services.partition, headers=headers, on_delivery=delivered)
    if client.flush(FLUSH_SECONDS) or failed:
        why = failed[0] if failed else f"no answer for {FLUSH_SECONDS:.0f} s"
        raise Failure(UNAVAILABLE, f"Kafka at {services.settings.kafka_bootstrap} did not take a record: {why}")

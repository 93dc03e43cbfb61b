"""From what a message costs to what so many learners need. Values in, values out.

A worker is one process and uses one core. What is measured is a message's whole way: the attempt, feedback and signal
records beside it cost less than a message each and are counted as messages by whoever gives their number.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

APPS = ("core", "routing", "sinks")
DAY_SECONDS = 86_400
MONTH_DAYS = 30
GB = 1e9


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, one message's share of each.

    `cpu_ms` is by app, `broker` and `clickhouse`; `load_cpu_ms` what the senders, the receiver and the test provider
    took on the same machine. `topic_bytes` is what topics with a retention take, one copy; `state_bytes` what a
    learner's compacted state takes, one copy; `row_bytes` what ClickHouse takes. `memory_mb` is by app.
    """

    cpu_ms: Mapping[str, float]
    load_cpu_ms: float
    cores: int
    memory_mb: Mapping[str, float]
    topic_bytes: float
    row_bytes: float
    state_bytes: float
    session_kib: float


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is not measured here: how machines are filled and bought. Every one can be given to the command."""

    peak: float = 6.0
    """The busiest second's rate over the day's mean: all within eight hours, the busiest one twice their mean."""
    utilisation: float = 0.6
    """Of a core at the peak: what is above it is for restarts, rebalances and bursts."""
    provider_seconds: float = 3.0
    concurrency: int = 5000
    online: float = 0.1
    """Share of the learners with a stream open at once."""
    sessions_a_gateway: int = 5000
    partitions_a_worker: int = 32
    growth: float = 2.0
    """Partitions are made for so many times today's workers: their number is hard to change."""
    cluster_partitions: int = 1024
    """Of a learner topic in one cluster. Beyond it tenants are dealt out to several clusters."""
    learner_topics: int = 20
    """Topics with the learners' partition count, changelogs included."""
    replicas: int = 3
    broker_replicas: int = 4000
    """Partition replicas that one broker carries well."""
    broker_cores: int = 8
    broker_disk_gb: float = 2000.0
    retention_days: float = 7.0
    ttl_days: float = 730.0
    clickhouse_cores: int = 16
    clickhouse_disk_gb: float = 4000.0
    clickhouse_replicas: int = 2
    usd_core_month: float = 25.0
    usd_gib_month: float = 3.5
    usd_disk_gb_month: float = 0.1
    broker_gib: float = 16.0
    clickhouse_gib: float = 64.0
    usd_reply: float = 0.0
    """What a provider takes for one reply."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is needed, all clusters together. `partitions` is of a learner topic in one cluster."""

    rate: float
    clusters: int
    partitions: int
    workers: dict[str, int]
    gateways: int
    brokers: int
    broker_disk_gb: float
    tiered_gb: float
    clickhouse_shards: int
    clickhouse_nodes: int
    clickhouse_disk_gb: float
    worker_disk_gb: float
    usd_month: float
    usd_replies_month: float
    changes: list[str] = field(default_factory=list)


def throughput(cpu_ms: Mapping[str, float], load_cpu_ms: float, cores: int) -> float:
    """Messages a second that one machine with one worker an app should carry, everything on it included.

    Either the processors are full, or the one core that the busiest worker may use is.
    """
    return min(cores * 1000 / (sum(cpu_ms.values()) + load_cpu_ms), 1000 / max(cpu_ms[app] for app in APPS))


def plan(measured: Measured, learners: int, messages_per_day: float, assumed: Assumed) -> Plan:
    """What `learners` who send `messages_per_day` in all need."""
    rate = messages_per_day * assumed.peak / DAY_SECONDS
    wanted = {app: rate * measured.cpu_ms[app] / 1000 / assumed.utilisation for app in APPS}
    wanted["routing"] = max(wanted["routing"], rate * assumed.provider_seconds / assumed.concurrency)
    most_workers = max(wanted.values())
    # Beyond what one cluster's partitions can feed, tenants go to several clusters, each of which is planned alike.
    clusters = max(1, math.ceil(most_workers * assumed.partitions_a_worker / assumed.cluster_partitions))
    workers = {app: clusters * max(2, math.ceil(count / clusters)) for app, count in wanted.items()}
    ideal = max(workers.values()) / clusters * assumed.growth * assumed.partitions_a_worker
    partitions = min(_power_of_two(ideal), assumed.cluster_partitions)

    retained_gb = messages_per_day * assumed.retention_days * measured.topic_bytes * assumed.replicas / GB
    state_gb = learners * measured.state_bytes * assumed.replicas / GB
    replicas = partitions * assumed.learner_topics * assumed.replicas
    busy = rate / clusters * measured.cpu_ms["broker"] / 1000 / assumed.utilisation * assumed.replicas
    each = max(assumed.replicas, math.ceil(replicas / assumed.broker_replicas), math.ceil(busy / assumed.broker_cores))
    room = clusters * each * assumed.broker_disk_gb * assumed.utilisation
    # State is compacted and stays on the brokers' own disks; what has a retention may go to an object store.
    each = max(each, math.ceil(state_gb / clusters / (assumed.broker_disk_gb * assumed.utilisation)))
    room = max(room, clusters * each * assumed.broker_disk_gb * assumed.utilisation)
    tiered = max(0.0, retained_gb + state_gb - room)

    rows_gb = messages_per_day * assumed.ttl_days * measured.row_bytes / GB
    inserts = rate * measured.cpu_ms["clickhouse"] / 1000 / assumed.utilisation
    shards = max(
        clusters,
        math.ceil(rows_gb / (assumed.clickhouse_disk_gb * assumed.utilisation)),
        math.ceil(inserts / assumed.clickhouse_cores),
    )
    nodes = shards * assumed.clickhouse_replicas
    gateways = max(2, math.ceil(learners * assumed.online / assumed.sessions_a_gateway))
    made = Plan(
        rate=rate,
        clusters=clusters,
        partitions=partitions,
        workers=workers,
        gateways=gateways,
        brokers=clusters * each,
        broker_disk_gb=min(retained_gb + state_gb, room),
        tiered_gb=tiered,
        clickhouse_shards=shards,
        clickhouse_nodes=nodes,
        clickhouse_disk_gb=rows_gb * assumed.clickhouse_replicas,
        worker_disk_gb=learners * measured.state_bytes / GB,
        usd_month=0.0,
        usd_replies_month=messages_per_day * MONTH_DAYS * assumed.usd_reply,
    )
    return _with_changes(_with_cost(made, measured, learners, assumed), measured, assumed)


def _power_of_two(least: float) -> int:
    return 1 << max(0, math.ceil(math.log2(max(least, 1))))


def _with_cost(made: Plan, measured: Measured, learners: int, assumed: Assumed) -> Plan:
    cores = (
        sum(made.workers.values())
        + made.gateways
        + made.brokers * assumed.broker_cores
        + made.clickhouse_nodes * assumed.clickhouse_cores
    )
    worker_gib = sum(count * measured.memory_mb[app] * 2 for app, count in made.workers.items()) / 1024
    session_gib = learners * assumed.online * measured.session_kib / 2**20
    gib = worker_gib + session_gib + made.brokers * assumed.broker_gib + made.clickhouse_nodes * assumed.clickhouse_gib
    disk = made.broker_disk_gb + made.clickhouse_disk_gb + made.worker_disk_gb * 2 + made.tiered_gb / 4
    return replace(
        made,
        usd_month=cores * assumed.usd_core_month + gib * assumed.usd_gib_month + disk * assumed.usd_disk_gb_month,
    )


def _with_changes(made: Plan, measured: Measured, assumed: Assumed) -> Plan:
    alone = throughput(measured.cpu_ms, 0.0, measured.cores)
    if made.rate <= alone * assumed.utilisation and made.clusters == 1:
        made.changes.append("one machine of this kind carries the peak; the rest is for when a machine is lost")
    if made.clusters > 1:
        made.changes.append(f"{made.clusters} clusters, each with its own topics and workers; a tenant lives in one")
    if made.tiered_gb:
        made.changes.append("tiered storage for the topics with a retention: they don't fit the brokers' disks")
    if made.clickhouse_shards > made.clusters:
        made.changes.append("ClickHouse sharded by tenant and learner")
    if made.workers["routing"] > made.workers["core"]:
        made.changes.append("routing workers are bound by calls in flight, not by their processor")
    return made

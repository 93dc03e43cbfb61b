"""Every metric of workers, gateway and forecast, each with what to do when it rises. The operators' page has them.

No label names a learner: labels are stages, groups, topics, partitions and parts alone.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus sees it; a counter's name is without its `_total`."""

    name: str
    kind: Literal["counter", "gauge"]
    labels: tuple[str, ...]
    meaning: str
    when_it_rises: str


RECORDS_IN = Metric(
    "masterx_stage_records_in",
    "counter",
    ("stage",),
    "Records taken up by a stage, redelivered ones again.",
    "Nothing, while records done keep up with it.",
)
RECORDS_DONE = Metric(
    "masterx_stage_records_done",
    "counter",
    ("stage",),
    "Records acknowledged: outputs and state are with the broker, or the record is a dead letter.",
    "Nothing. Where it stands still while lag rises, look at the stage's retries and its worker's log.",
)
RECORDS_OUT = Metric(
    "masterx_stage_records_out",
    "counter",
    ("stage",),
    "Records that a stage produced and the broker confirmed, dead letters included.",
    "Nothing, while records in rise with it.",
)
REFUSED = Metric(
    "masterx_stage_refused",
    "counter",
    ("stage",),
    "Records that a stage refused: they are dead letters.",
    "See `masterx dlq list` for the reason, and stop or mend what writes them. At half of the last records the worker "
    "ends with 78.",
)
RETRIES = Metric(
    "masterx_stage_retries",
    "counter",
    ("stage",),
    "Tries that failed and were made again: a stage that can't go on now, or a broker that took no record.",
    "See the worker's log for what is away: ClickHouse for `sinks`, the broker for any stage.",
)
LATENCY = Metric(
    "masterx_stage_latency_seconds",
    "counter",
    ("stage",),
    "Seconds from the broker's append to the acknowledgement, summed over the records done.",
    "Its rate divided by that of records done is the mean. Where lag rises too, add workers up to the number of "
    "partitions; where it doesn't, the stage waits for something: see retries.",
)
IN_FLIGHT = Metric(
    "masterx_stage_in_flight",
    "gauge",
    ("stage",),
    "Records taken up and not done.",
    "At `MASTERX_CONCURRENCY` the stage takes no more: add workers, or find what it waits for.",
)
OLDEST = Metric(
    "masterx_stage_oldest_seconds",
    "gauge",
    ("stage",),
    "How long the record that holds back a partition's commits has been the oldest one; the worst partition.",
    "The worker ends itself with 75 at `MASTERX_STUCK_SECONDS`, unless it is trying again. Its log names the record.",
)
COMMITTED = Metric(
    "masterx_committed_offset",
    "gauge",
    ("group", "topic", "partition"),
    "The group's committed offset, from the broker; absent before its first commit.",
    "Nothing. Where it stands still while lag rises, the partition is stuck.",
)
LAG = Metric(
    "masterx_lag_records",
    "gauge",
    ("group", "topic", "partition"),
    "Records that the group is behind the end of an assigned partition, from the broker's own figures.",
    "On all partitions: add workers. On one: see the oldest record in flight; one learner may be writing too much.",
)
MEMORY = Metric(
    "masterx_memory_bytes",
    "gauge",
    (),
    "Resident memory of the worker.",
    "Steady growth at steady load is a leak: set `MASTERX_MEMORY_LIMIT_MB`, and report it with the worker's log.",
)
BROKER_CLOCK = Metric(
    "masterx_broker_clock_ahead_seconds",
    "gauge",
    (),
    "Seconds by which the broker's clock is known to be ahead of the worker's; negative where it is behind.",
    "Set both by the same time server: deadlines and latencies are the difference of the two.",
)
GATEWAY_STREAMS = Metric(
    "masterx_gateway_streams",
    "gauge",
    (),
    "Streams open at the gateway.",
    "At `MASTERX_GATEWAY_MAX_STREAMS` new ones are refused: add gateways.",
)
GATEWAY_IN_FLIGHT = Metric(
    "masterx_gateway_in_flight",
    "gauge",
    (),
    "Posted events that wait for Kafka.",
    "The broker confirms slowly or not at all: see its log and disks. At `MASTERX_GATEWAY_IN_FLIGHT` answers are 503.",
)
GATEWAY_EVENTS = Metric(
    "masterx_gateway_events",
    "counter",
    ("what",),
    "Posted events by what became of them.",
    "Nothing for those accepted; for others the label says what was refused and why.",
)
GATEWAY_FRAMES = Metric(
    "masterx_gateway_frames",
    "counter",
    ("what",),
    "Frames sent by kind, and streams dropped.",
    "Streams dropped: clients read too slowly; see `MASTERX_GATEWAY_STREAM_FRAMES`.",
)
GATEWAY_RECORDS = Metric(
    "masterx_gateway_records",
    "counter",
    ("what",),
    "Records read and not shown, by why.",
    "`unreadable`: something writes records of a shape that this gateway doesn't know: compare versions. `failed`: a"
    " defect; the gateway's log names the record. Others: nothing.",
)
GATEWAY_TOKENS = Metric(
    "masterx_gateway_tokens",
    "counter",
    ("what",),
    "Troubles with Redis.",
    "Tokens don't reach learners ahead of the reply; replies do. Mend Redis.",
)
GATEWAY_LIMITED = Metric(
    "masterx_gateway_limited",
    "counter",
    ("what",),
    "Requests over a limit, by limit; `away`: times that Redis was lost.",
    "Somebody asks too often, or a limit is too low: see `MASTERX_GATEWAY_LEARNER_RATE`. While Redis is away each"
    " gateway counts for itself.",
)
GATEWAY_PART_UP = Metric(
    "masterx_gateway_part_up",
    "gauge",
    ("part",),
    "1 where a part that the gateway needs answers.",
    "Nothing. At 0 the part named is away: `masterx doctor`.",
)
GATEWAY_PART_SECONDS = Metric(
    "masterx_gateway_part_seconds",
    "gauge",
    ("part",),
    "The time a part took to answer.",
    "The part named is overloaded or the network is.",
)

NEXT_HOUR_RECORDS = Metric(
    "masterx_next_hour_records",
    "gauge",
    ("what", "bound"),
    "Records that the next 60 minutes bring, by `masterx forecast --serve`: `expected`, and `low` to `high`, which "
    "holds nine hours in ten. Absent while ClickHouse was not read for five looks.",
    "More workers will be needed: KEDA starts them from it where the chart runs; else see `masterx capacity`.",
)
NEXT_HOUR_COST = Metric(
    "masterx_next_hour_cost_usd",
    "gauge",
    ("bound",),
    "What replies of the next 60 minutes cost, with the calls that failed before them, US dollars, likewise.",
    "Compare with `budgets` in `config/providers.yaml`: beyond them the cheapest provider answers.",
)

STAGES = (RECORDS_IN, RECORDS_DONE, RECORDS_OUT, REFUSED, RETRIES, LATENCY, IN_FLIGHT, OLDEST)
WORKER = (*STAGES, COMMITTED, LAG, MEMORY, BROKER_CLOCK)
GATEWAY = (
    GATEWAY_STREAMS,
    GATEWAY_IN_FLIGHT,
    GATEWAY_EVENTS,
    GATEWAY_FRAMES,
    GATEWAY_RECORDS,
    GATEWAY_TOKENS,
    GATEWAY_LIMITED,
    GATEWAY_PART_UP,
    GATEWAY_PART_SECONDS,
)
FORECAST = (NEXT_HOUR_RECORDS, NEXT_HOUR_COST)
ALL = (*WORKER, *GATEWAY, *FORECAST)

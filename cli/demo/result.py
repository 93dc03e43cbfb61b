"""What ClickHouse says of the run, and what to try next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.demo.seen.picture import Stored

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# Raw tables, copies counted once: cheap enough to be asked every second.
STORED = """
SELECT
    (SELECT uniqExact(event_id) FROM raw_messages WHERE tenant_id = {tenant:String}),
    uniqExact(event_id),
    (SELECT uniqExact(event_id) FROM raw_attempts WHERE tenant_id = {tenant:String}),
    quantileExact(0.5)(dateDiff('millisecond', kafka_appended_at, ingested_at)),
    quantileExact(0.99)(dateDiff('millisecond', kafka_appended_at, ingested_at))
FROM raw_responses WHERE tenant_id = {tenant:String}
"""
KINDS = """
SELECT * FROM (
    SELECT 'messages' AS kind, count() AS stored,
           countIf(message_id IN (SELECT message_id FROM fact_responses WHERE tenant_id = {tenant:String})) AS answered
    FROM fact_messages WHERE tenant_id = {tenant:String}
    UNION ALL
    SELECT 'attempts' AS kind, count() AS stored, count() AS answered
    FROM fact_attempts WHERE tenant_id = {tenant:String}
) ORDER BY kind DESC
"""
PROVIDERS = """
SELECT provider, count() AS replies,
       round(quantileExact(0.5)(provider_ms)) AS provider_p50_ms,
       round(quantileExact(0.5)(pipeline_ms), 1) AS pipeline_p50_ms,
       round(quantileExact(0.99)(pipeline_ms), 1) AS pipeline_p99_ms,
       round(toFloat64(sum(cost_usd)), 4) AS cost_usd
FROM fact_responses WHERE tenant_id = {tenant:String}
GROUP BY provider ORDER BY replies DESC
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event: how many were sent, and what ClickHouse has of them."""

    kind: str
    sent: int
    stored: int
    answered: int

    @property
    def lost(self) -> int:
        """What was sent and is not answered."""
        return max(self.sent - self.answered, 0)


@dataclass(frozen=True, slots=True)
class ByProvider:
    """The replies of one provider; times in milliseconds, cost in US dollars."""

    provider: str
    replies: int
    provider_p50_ms: float
    pipeline_p50_ms: float
    pipeline_p99_ms: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was read back at the end."""

    kinds: Sequence[Kind]
    providers: Sequence[ByProvider]


def stored(client: "Client", tenant: str) -> Stored:
    """What has arrived so far."""
    messages, responses, attempts, p50, p99 = client.query(STORED, parameters={"tenant": tenant}).first_row
    return Stored(messages, responses, attempts, float(p50) if responses else None, float(p99) if responses else None)


def read_back(client: "Client", tenant: str, *, messages: int, attempts: int) -> ReadBack:
    """The counts by kind and provider, beside how many were sent."""
    sent = {"messages": messages, "attempts": attempts}
    parameters = {"tenant": tenant}
    kinds = client.query(KINDS, parameters=parameters).result_rows
    providers = client.query(PROVIDERS, parameters=parameters).result_rows
    return ReadBack(
        [Kind(kind, sent[kind], held, answered) for kind, held, answered in kinds],
        [ByProvider(*row) for row in providers],
    )

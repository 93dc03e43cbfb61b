"""Logged decisions with their rewards, from ClickHouse."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from agents.routing.policies import Logged

QUERY = """
SELECT
    responses.task, responses.decision_features, responses.decision_candidates, rewards.provider, rewards.value
FROM fact_rewards AS rewards
INNER JOIN fact_responses AS responses
    ON rewards.tenant_id = responses.tenant_id AND rewards.learner_id = responses.learner_id
    AND rewards.response_id = responses.response_id
WHERE responses.source = 'PROVIDER' AND notEmpty(responses.decision_features)
    AND rewards.sent_at >= {since:DateTime64(6, 'UTC')} AND rewards.sent_at < {until:DateTime64(6, 'UTC')}
    AND responses.sent_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
    AND (empty({tenant:String}) OR rewards.tenant_id = {tenant:String})
ORDER BY rewards.sent_at, rewards.event_id
"""


@dataclass(frozen=True, slots=True)
class Log:
    """The decisions that can be judged, and how many could not: a fallback answered, which the policy did not pick."""

    decisions: "tuple[Logged, ...]"
    fallbacks: int


def fetch(client: "Client", since: datetime, until: datetime, tenant: str) -> Log:
    """The decisions whose reward came in that time."""
    from agents.routing.policies import Logged

    decisions = []
    answered = 0
    rows = client.query(QUERY, parameters={"since": since, "until": until, "tenant": tenant}).result_rows
    for task, features, candidates, provider, value in rows:
        weighed = {}
        for candidate in candidates:
            name, score, propensity, _ = candidate.values() if isinstance(candidate, dict) else candidate
            weighed[name] = (score, propensity)
        decision = Logged(task, features, weighed, provider, value)
        answered += 1
        if decision.propensity > 0:
            decisions.append(decision)
    return Log(tuple(decisions), answered - len(decisions))

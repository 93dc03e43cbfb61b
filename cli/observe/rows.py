"""What an analyst finds in ClickHouse: the views, where each event counts once."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.observe.receipts import body_of
from cli.verify import Response

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

RESPONSES = """
SELECT toString(message_id), toString(response_id), concat(tenant_id, '/', learner_id),
       text, source, provider, model, turn
FROM fact_responses WHERE tenant_id IN {tenants:Array(String)}
"""
ATTEMPTS = """
SELECT toString(event_id), count() FROM fact_attempts WHERE tenant_id IN {tenants:Array(String)} GROUP BY event_id
"""
# The raw tables: a count for waiting, much cheaper than the views.
COUNTS = """
SELECT (SELECT uniqExact(event_id) FROM raw_responses WHERE tenant_id IN {tenants:Array(String)}),
       (SELECT uniqExact(event_id) FROM raw_attempts WHERE tenant_id IN {tenants:Array(String)})
"""


def responses(client: "Client", tenants: Sequence[str]) -> list[Response]:
    """The responses to these tenants' learners, as `fact_responses` has them."""
    found = client.query(RESPONSES, parameters={"tenants": list(tenants)})
    return [
        Response(message_id, response_id, learner, body_of(text, source, provider, model), source == "PROVIDER", turn)
        for message_id, response_id, learner, text, source, provider, model, turn in found.result_rows
    ]


def attempts(client: "Client", tenants: Sequence[str]) -> Counter[str]:
    """Rows per attempt id of these tenants' learners, as `fact_attempts` has them."""
    return Counter(dict(client.query(ATTEMPTS, parameters={"tenants": list(tenants)}).result_rows))


def counts(client: "Client", tenants: Sequence[str]) -> tuple[int, int]:
    """How many different responses and attempts of these tenants' learners have arrived."""
    row = client.query(COUNTS, parameters={"tenants": list(tenants)}).first_row
    return int(row[0]), int(row[1])

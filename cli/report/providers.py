"""Providers: calls, failures, time and cost."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cli.report.ask import Numbers, ask, share
from cli.report.page import Section, percent, table
from cli.report.svg import bars, line
from schemas.tries import GIVEN_UP, NOT_FAILED

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

WHERE = "{tenant:String} = '' OR tenant_id = {tenant:String}"
CALLS = f"""
SELECT called_provider AS provider, count() AS calls, countIf(outcome NOT IN {NOT_FAILED}) AS failed,
       countIf(outcome = '{GIVEN_UP}') AS given_up,
       round(quantileExact(0.5)(elapsed_ms), 1) AS p50_ms, round(quantileExact(0.95)(elapsed_ms), 1) AS p95_ms
FROM fact_calls WHERE {WHERE}
GROUP BY provider ORDER BY provider
"""
REPLIES = f"""
SELECT provider, count() AS replies, sum(prompt_tokens) AS prompt_tokens,
       sum(completion_tokens) AS completion_tokens, toFloat64(sum(cost_usd)) AS cost_usd,
       round(quantileExactIf(0.5)(first_token_ms, first_token_ms IS NOT NULL), 1) AS first_token_p50_ms
FROM fact_responses WHERE {WHERE}
GROUP BY provider ORDER BY provider
"""
OUTCOMES = f"""
SELECT called_provider AS provider, outcome, count() AS calls
FROM fact_calls WHERE ({WHERE}) AND outcome NOT IN {NOT_FAILED}
GROUP BY provider, outcome ORDER BY calls DESC, provider, outcome
"""
DAYS = f"""
SELECT toString(toDate(sent_at)) AS day, count() AS replies, countIf(source != 'PROVIDER') AS without_provider,
       toFloat64(sum(cost_usd + lost_usd)) AS paid_usd
FROM fact_responses WHERE {WHERE}
GROUP BY day ORDER BY day
"""


def numbers(client: "Client", tenant: str, progress: Callable[[str], None]) -> Numbers:
    """Everything that the page shows; over all tenants for an empty `tenant`."""
    found: Numbers = {"tenant": tenant}
    for name, query in {"calls": CALLS, "replies": REPLIES, "failures": OUTCOMES, "days": DAYS}.items():
        progress(name)
        found[name] = ask(client, query, {"tenant": tenant})
    for row in found["calls"]:
        row["failed_share"] = share(row["failed"], row["calls"])
    return found


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    yield Section(
        "Calls",
        "Each call of a provider, the failed ones too. Given up: another provider was quicker.",
        table(
            ("provider", "calls", "given up", "failed", "share", "p50 ms", "p95 ms"),
            [
                (
                    *(row[name] for name in ("provider", "calls", "given_up", "failed")),
                    percent(row["failed_share"]),
                    row["p50_ms"],
                    row["p95_ms"],
                )
                for row in found["calls"]
            ],
        )
        + bars(
            [(row["provider"], row["failed_share"], percent(row["failed_share"])) for row in found["calls"]], full=1
        ),
    )
    yield Section(
        "Why calls failed",
        "By outcome.",
        bars([(f"{row['provider']}: {row['outcome']}", row["calls"], str(row["calls"])) for row in found["failures"]]),
    )
    names = ("provider", "replies", "prompt_tokens", "completion_tokens", "cost_usd", "first_token_p50_ms")
    yield Section(
        "Replies and their cost",
        "Tokens and cost of the call that answered.",
        table(
            ("provider", "replies", "prompt tokens", "reply tokens", "US dollars", "first token p50 ms"),
            [tuple(row[name] for name in names) for row in found["replies"]],
        ),
    )
    yield Section("Replies by day", "UTC.", line([(row["day"], row["replies"]) for row in found["days"]]))
    paid = [(row["day"], row["paid_usd"]) for row in found["days"]]
    yield Section("Cost by day", "US dollars, of failed calls too.", line(paid))

"""One learner: what was tried, what is known, how it felt, what was raised."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cli.report.ask import Numbers, ask, share
from cli.report.page import Section, percent, table
from cli.report.svg import bars, line

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

WHERE = "tenant_id = {tenant:String} AND learner_id = {learner:String}"
PARTS = {
    "days": f"""
        SELECT toString(toDate(sent_at)) AS day, count() AS attempts, countIf(correct) AS correct
        FROM fact_attempts WHERE {WHERE} GROUP BY day ORDER BY day""",
    "concepts": f"""
        SELECT concept_id, count() AS attempts, countIf(correct) AS correct, max(sent_at) AS last_at
        FROM fact_attempts WHERE {WHERE} GROUP BY concept_id ORDER BY concept_id""",
    "known": f"""
        SELECT concept_id, p_correct, uncertainty, mastered, due_at
        FROM dim_learner_concepts WHERE {WHERE} ORDER BY concept_id""",
    "moods": f"""
        SELECT top_state AS state, count() AS messages, round(avg(valence), 3) AS valence
        FROM fact_emotions WHERE {WHERE} AND top_state != '' GROUP BY state ORDER BY messages DESC, state""",
    "interventions": f"""
        SELECT sent_at, kind, severity, text FROM fact_interventions WHERE {WHERE}
        ORDER BY sent_at DESC, kind LIMIT 20""",
    "replies": f"""
        SELECT source, count() AS replies, toFloat64(sum(cost_usd)) AS cost_usd
        FROM fact_responses WHERE {WHERE} GROUP BY source ORDER BY source""",
}


def numbers(client: "Client", tenant: str, learner: str, progress: Callable[[str], None]) -> Numbers:
    """Everything that the page shows."""
    found: Numbers = {"tenant": tenant, "learner": learner}
    for name, query in PARTS.items():
        progress(name)
        found[name] = ask(client, query, {"tenant": tenant, "learner": learner})
    for row in (*found["days"], *found["concepts"]):
        row["success"] = share(row["correct"], row["attempts"])
    found["attempts"] = sum(row["attempts"] for row in found["days"])
    found["correct"] = sum(row["correct"] for row in found["days"])
    found["messages"] = sum(row["replies"] for row in found["replies"])
    return found


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    days = found["days"]
    yield Section("Attempts by day", "UTC.", line([(row["day"], row["attempts"]) for row in days]))
    yield Section(
        "Success by day", "Share of right answers.", line([(row["day"], row["success"]) for row in days], full=1)
    )
    yield Section(
        "Concepts",
        "Share of right answers so far.",
        bars([(row["concept_id"], row["success"], percent(row["success"])) for row in found["concepts"]], full=1),
    )
    yield Section(
        "What the tutor expects",
        "Probability that the next answer is right.",
        bars(
            [
                (row["concept_id"], row["p_correct"], percent(row["p_correct"]) + (" mastered" * row["mastered"]))
                for row in found["known"]
            ],
            full=1,
        ),
    )
    yield Section(
        "How the messages felt",
        "By the most probable learning state.",
        bars([(row["state"], row["messages"], str(row["messages"])) for row in found["moods"]]),
    )
    yield Section(
        "What called for action",
        "The last twenty.",
        table(
            ("when", "what", "severity", "why"),
            [(row["sent_at"], row["kind"], row["severity"], row["text"]) for row in found["interventions"]],
        ),
    )

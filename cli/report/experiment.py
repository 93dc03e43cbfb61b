"""An experiment with interventions held out: arms, effects with intervals, guardrails, and whether to stop.

The intervals are those of `agg_experiment_effects`, which hold at every look, so the rule to stop may be asked daily.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cli.report.ask import Numbers, Row, ask
from cli.report.page import Section, shown, table
from cli.report.svg import bars

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

OUTCOME, GUARDRAIL = "right_share", "came_back"
SAID = {OUTCOME: "share of right attempts within a day", GUARDRAIL: "a return within seven days"}
PARTS = {
    "interventions": """
        SELECT arm, intervention, count() AS interventions, uniqExact(tenant_id, learner_id) AS learners,
               min(a.sent_at) AS first_at, max(a.sent_at) AS last_at
        FROM fact_assignments AS a WHERE experiment = {experiment:String}
        GROUP BY arm, intervention ORDER BY arm, intervention""",
    "arms": """
        SELECT outcome, arm, learners, total / learners AS mean
        FROM agg_experiment_arms WHERE experiment = {experiment:String} ORDER BY outcome, arm""",
    "effects": """
        SELECT outcome, treated, held_out, effect, low, high
        FROM agg_experiment_effects WHERE experiment = {experiment:String} ORDER BY outcome""",
}


def numbers(client: "Client", experiment: str, progress: Callable[[str], None]) -> Numbers:
    """Everything that the page shows; `verdict` is what the stopping rule says."""
    found: Numbers = {"experiment": experiment}
    for name, query in PARTS.items():
        progress(name)
        found[name] = ask(client, query, {"experiment": experiment})
    found["verdict"] = verdict(found["effects"])
    return found


def verdict(effects: Sequence[Row]) -> str:
    """`stop: …` or `go on: …`. Harm stops first, then a guardrail, then a benefit."""
    by_outcome = {row["outcome"]: row for row in effects}
    if OUTCOME not in by_outcome:
        return "go on: an arm has fewer than twenty learners with attempts after"
    if by_outcome[OUTCOME]["high"] < 0:
        return "stop: it harms"
    if GUARDRAIL in by_outcome and by_outcome[GUARDRAIL]["high"] < 0:
        return "stop: fewer learners come back"
    if by_outcome[OUTCOME]["low"] > 0:
        return "stop: it works"
    return "go on: the interval holds zero"


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    yield Section(
        "Interventions",
        "Sent to those who are treated, withheld from those who are held out.",
        table(
            ("arm", "intervention", "times", "learners", "first", "last"),
            [
                tuple(row[name] for name in ("arm", "intervention", "interventions", "learners", "first_at", "last_at"))
                for row in found["interventions"]
            ],
        ),
    )
    yield Section(
        "What followed",
        "Means over learners.",
        bars(
            [
                (f"{row['outcome']}, {row['arm']}", row["mean"], f"{row['mean']:.3f} of {row['learners']}")
                for row in found["arms"]
            ],
            full=1,
        ),
    )
    yield Section(
        "Effects",
        "Treated less held out, with an interval of 95 % that holds at every look.",
        table(
            ("outcome", "treated", "held out", "effect", "from", "to"),
            [
                (
                    SAID.get(row["outcome"], row["outcome"]),
                    row["treated"],
                    row["held_out"],
                    *(shown(round(row[name], 4)) for name in ("effect", "low", "high")),
                )
                for row in found["effects"]
            ],
        ),
    )
    yield Section(
        "Stop?", "By right attempts, with the return of learners as a guardrail.", f"<p>{found['verdict']}</p>"
    )

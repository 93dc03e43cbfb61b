"""An experiment with interventions held out: arms, effects with intervals, guardrails, and whether to stop.

The intervals are those of `agg_experiment_effects`, which hold at every look, so the rule to stop
(`agents.analytics.effects.verdict`) may be asked daily.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from agents.analytics.effects import GUARDRAIL, Effect, Verdict, verdict
from cli.report.ask import Numbers, Row, ask
from cli.report.page import Section, shown, table
from cli.report.svg import bars

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from config.experiments import Experiment

OUTCOME, GUARDED = "right_share", "came_back"
SAID = {OUTCOME: "share of right attempts within a day", GUARDED: "a return within seven days"}
VERDICTS: Mapping[Verdict, str] = {
    "go_on": "go on: ",
    "works": "stop: it works, ",
    "harms": "stop: it harms, ",
    "mismatch": "no verdict: ",
}
PARTS = {
    "interventions": """
        SELECT arm, intervention, count() AS interventions, uniqExact(tenant_id, learner_id) AS learners,
               min(a.sent_at) AS first_at, max(a.sent_at) AS last_at
        FROM fact_assignments AS a WHERE experiment = {experiment:String}
        GROUP BY arm, intervention ORDER BY arm, intervention""",
    "arms": """
        SELECT outcome, arm, learners, total / learners AS mean
        FROM agg_experiment_arms WHERE experiment = {experiment:String} ORDER BY outcome, arm""",
    "sizes": """
        SELECT countIf(arm = 'treated') AS treated, countIf(arm = 'held_out') AS held_out
        FROM agg_experiment_learners WHERE experiment = {experiment:String}""",
    "effects": """
        SELECT outcome, treated, held_out, effect, low, high
        FROM agg_experiment_effects WHERE experiment = {experiment:String} ORDER BY outcome""",
}


def numbers(
    client: "Client", experiment: str, planned: "Sequence[Experiment]", progress: Callable[[str], None]
) -> Numbers:
    """Everything that the page shows; `verdict` is what the stopping rule says, by the design in `planned`."""
    found: Numbers = {"experiment": experiment}
    for name, query in PARTS.items():
        progress(name)
        found[name] = ask(client, query, {"experiment": experiment})
    (sizes,) = found["sizes"]
    found["verdict"] = said(found["effects"], (sizes["treated"], sizes["held_out"]), share(experiment, planned))
    return found


def share(key: str, planned: "Sequence[Experiment]") -> float | None:
    """The share of learners that the experiment is to hold out; None for one that is not planned.

    One that alternates holds each learner out half of the time.
    """
    for one in planned:
        if one.key == key:
            return one.share if one.design == "held_out" else 0.5
    return None


def said(effects: Sequence[Row], sizes: tuple[int, int], share: float | None) -> str:
    """The verdict for people: `stop: …`, `go on: …` or `no verdict: …`."""
    # The p value is no part of the rule.
    found = {row["outcome"]: Effect(row["effect"], row["low"], row["high"], 1.0) for row in effects}
    word, why = verdict(found.get(OUTCOME), {GUARDED: found.get(GUARDED)}, sizes, share)
    unchecked = "; the arms' sizes are not checked: the experiments file does not have it" if share is None else ""
    return f"{VERDICTS[word]}{why}{unchecked}"


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
        "Stop?",
        f"By right attempts; a return of learners that falls by more than {GUARDRAIL} stops it too.",
        f"<p>{escape(found['verdict'])}</p>",
    )

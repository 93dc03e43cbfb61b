"""Two arms of an experiment: effects with intervals, guardrails, and whether to stop.

A learner's arm follows from the experiment's name and the learner's key (SHA-256), so an app, a stage and this report
find the same arm with nothing stored. What is compared is a figure a learner, since attempts of one learner depend on
each other.

Each difference comes with two intervals: Welch's at 95 %, which holds for one look at a time set beforehand, and a
confidence sequence (Waudby-Smith et al., "Time-uniform central limit theory and asymptotic confidence sequences",
Annals of Statistics 2024, theorem 2.2), which holds at every look. The rule to stop goes by the second.
"""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cli.report.ask import Numbers, Row, ask
from cli.report.page import Section, shown, table

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ALPHA = 0.05
Z = 1.959964
# Learners at which the confidence sequence is at its tightest.
TIGHTEST_AT = 500
MEASURES = {
    "success": ("share of right answers", True),
    "attempts": ("attempts a learner", False),
    "days": ("days with an attempt", False),
    "hints": ("hints an attempt", False),
}
ARMS = """
WITH if(reinterpretAsUInt32(reverse(substring(
            SHA256(concat({name:String}, '/', tenant_id, '/', learner_id)), 1, 4))) / 4294967296 < {share:Float64},
        'treatment', 'control') AS arm
SELECT arm, count() AS learners,
       avg(success) AS success_mean, varSamp(success) AS success_variance,
       avg(attempts) AS attempts_mean, varSamp(attempts) AS attempts_variance,
       avg(days) AS days_mean, varSamp(days) AS days_variance,
       avg(hints) AS hints_mean, varSamp(hints) AS hints_variance
FROM (
    SELECT tenant_id, learner_id, count() AS attempts, avg(correct) AS success,
           uniqExact(toDate(sent_at)) AS days, avg(hints_used) AS hints
    FROM fact_attempts
    WHERE tenant_id = {tenant:String} AND sent_at >= parseDateTime64BestEffort({since:String}, 6, 'UTC')
    GROUP BY tenant_id, learner_id
)
GROUP BY arm
ORDER BY arm
"""


def numbers(
    client: "Client", name: str, tenant: str, share: float, since: str, progress: Callable[[str], None]
) -> Numbers:
    """Both arms, and by measure the difference with its intervals; `verdict` is what the stopping rule says."""
    progress("arms")
    rows = ask(client, ARMS, {"name": name, "tenant": tenant, "share": share, "since": since})
    arms = {row["arm"]: row for row in rows}
    found: Numbers = {"experiment": name, "tenant": tenant, "share": share, "since": since, "arms": rows}
    effects = {}
    if len(arms) == 2 and all(row["learners"] > 1 for row in rows):
        effects = {measure: effect(arms["treatment"], arms["control"], measure) for measure in MEASURES}
    found["effects"] = effects
    found["verdict"] = verdict(effects)
    return found


def effect(treatment: Row, control: Row, measure: str) -> Row:
    """The difference treatment - control of a measure's means, with both intervals."""
    learners = treatment["learners"] + control["learners"]
    difference = treatment[f"{measure}_mean"] - control[f"{measure}_mean"]
    variance = sum(arm[f"{measure}_variance"] / arm["learners"] for arm in (treatment, control))
    welch = Z * math.sqrt(variance)
    always = sequence_radius(learners) * math.sqrt(variance * learners)
    return {
        "difference": difference,
        "low": difference - welch,
        "high": difference + welch,
        "always_low": difference - always,
        "always_high": difference + always,
    }


def sequence_radius(count: int, alpha: float = ALPHA, tightest_at: int = TIGHTEST_AT) -> float:
    """Half the confidence sequence's width after `count` observations of unit variance."""
    spread = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tightest_at
    grown = count * spread + 1
    return math.sqrt(2 * grown / (count**2 * spread) * math.log(math.sqrt(grown) / alpha))


def verdict(effects: dict[str, Row]) -> str:
    """`stop: …` or `go on: …`, by the intervals that hold at every look."""
    if not effects:
        return "go on: an arm has fewer than two learners"
    for name in ("attempts", "days"):
        if effects[name]["always_high"] < 0:
            return f"stop: the guardrail {name} is worse under treatment"
    success = effects["success"]
    if success["always_low"] > 0:
        return "stop: treatment is better"
    if success["always_high"] < 0:
        return "stop: treatment is worse"
    return "go on: the interval holds zero"


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    yield Section(
        "Arms",
        f"Learners with attempts since {found['since']}, {found['share']:g} of all under treatment.",
        table(
            ("arm", "learners", "success", "attempts", "days", "hints"),
            [
                (row["arm"], row["learners"], *(round(row[f"{measure}_mean"], 4) for measure in MEASURES))
                for row in found["arms"]
            ],
        ),
    )
    yield Section(
        "Effects",
        "Treatment less control. The second interval holds at every look.",
        table(
            ("measure", "difference", "95 % at one look", "95 % at every look"),
            [
                (
                    MEASURES[measure][0],
                    round(row["difference"], 4),
                    f"{shown(round(row['low'], 4))} to {shown(round(row['high'], 4))}",
                    f"{shown(round(row['always_low'], 4))} to {shown(round(row['always_high'], 4))}",
                )
                for measure, row in found["effects"].items()
            ],
        ),
    )
    yield Section("Stop?", "By success, with attempts and days as guardrails.", f"<p>{found['verdict']}</p>")

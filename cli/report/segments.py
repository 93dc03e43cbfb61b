"""Groups of learners in a class that come out again when other learners are drawn."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from agents.analytics.segments import LEAST_A_SEGMENT, STABLE, segment
from cli.report.ask import Numbers, ask
from cli.report.page import Section, percent, table
from cli.report.svg import bars

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# With fewer attempts a learner's shares say little.
LEAST_ATTEMPTS = 5
# What learners are compared by: each has it from graded attempts alone, so that nobody has a gap.
FIGURES = ("days", "attempts_per_day", "success", "hints_per_attempt", "concepts")
# Spread over orders of magnitude: compared by their logarithm, or the busiest few would be the only groups.
COUNTS = ("days", "attempts_per_day", "concepts")
MOST_NAMED = 200

LEARNERS = f"""
SELECT learner_id, count() AS attempts, uniqExact(toDate(sent_at)) AS days, attempts / days AS attempts_per_day,
       countIf(t.correct) / attempts AS success, sum(hints_used) / attempts AS hints_per_attempt,
       uniqExact(concept_id) AS concepts
FROM fact_attempts AS t
WHERE tenant_id = {{tenant:String}} AND ({{course:String}} = '' OR course_id = {{course:String}})
GROUP BY learner_id
HAVING attempts >= {LEAST_ATTEMPTS}
ORDER BY learner_id
"""


def numbers(client: "Client", tenant: str, course: str, progress: Callable[[str], None]) -> Numbers:
    """The groups, the largest first, each with its mean figures, its stability and who is in it."""
    import numpy as np

    progress("learners")
    rows = ask(client, LEARNERS, {"tenant": tenant, "course": course})
    found: Numbers = {"tenant": tenant, "course": course, "learners": len(rows), "segments": []}
    if not rows:
        return found
    progress(f"groups of {len(rows)} learners")
    compared = np.array(
        [[np.log1p(row[name]) if name in COUNTS else row[name] for name in FIGURES] for row in rows], np.float64
    )
    groups = segment(compared)
    for number in np.unique(groups.labels):
        members = [row for row, label in zip(rows, groups.labels, strict=True) if label == number]
        means = {name: round(sum(row[name] for row in members) / len(members), 4) for name in FIGURES}
        stability = groups.stability[int(number)]
        names = [row["learner_id"] for row in members]
        found["segments"].append({"learners": len(members), "stability": stability, **means, "learner_ids": names})
    found["segments"].sort(key=lambda group: (-group["learners"], group["learner_ids"]))
    return found


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    groups = found["segments"]
    said = "Stability is a group's mean similarity to the nearest one found in samples of the class; 1 is the same."
    if found["learners"] < 2 * LEAST_A_SEGMENT:
        said = f"With fewer than {2 * LEAST_A_SEGMENT} learners to compare, the class is one group."
    elif len(groups) == 1:
        said = f"No division of this class has a stability of {STABLE} in each of its groups: it is one group."
    yield Section(
        "Groups",
        said,
        table(
            ("group", "learners", "stability", "days", "attempts a day", "success", "hints an attempt", "concepts"),
            [
                (
                    str(number),
                    group["learners"],
                    round(group["stability"], 2),
                    round(group["days"], 1),
                    round(group["attempts_per_day"], 1),
                    percent(group["success"]),
                    round(group["hints_per_attempt"], 2),
                    round(group["concepts"], 1),
                )
                for number, group in enumerate(groups, 1)
            ],
        )
        + f"<p>Learners with at least {LEAST_ATTEMPTS} graded attempts; means of each group. A group describes a class"
        " at one time; nothing in the tutor treats a learner by one.</p>",
    )
    yield Section(
        "Success by group",
        "Share of right answers.",
        bars([(f"group {n}", g["success"], percent(g["success"])) for n, g in enumerate(groups, 1)], full=1),
    )
    for number, group in enumerate(groups, 1):
        more = len(group["learner_ids"]) - MOST_NAMED
        who = [(name,) for name in group["learner_ids"][:MOST_NAMED]]
        yield Section(
            f"Who is in group {number}",
            f"The first {MOST_NAMED}; {more} more." if more > 0 else "All of them.",
            table(("learner",), who),
        )

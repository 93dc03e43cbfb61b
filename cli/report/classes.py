"""A class by its graded attempts: every number can be counted again from the attempts alone.

`numbers` has `totals`, and lists by concept, item, learner and day. A learner *passes* a concept when at least
`PASSING` of the last `LAST_OF_CONCEPT` attempts at it were right; `recent` counts the last `LAST_OF_LEARNER` attempts.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cli.report.ask import Numbers, Row, ask, share
from cli.report.page import Section, percent, table
from cli.report.svg import bars, line

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

LAST_OF_CONCEPT, PASSING = 5, 4
LAST_OF_LEARNER = 20

# What a learner did in one moment stands in the order of what was done, so that the last ones are the same everywhere.
IN_ORDER = "arraySort(groupArray((t.sent_at, t.concept_id, t.item_id, t.correct)))"
WHERE = "tenant_id = {tenant:String} AND ({course:String} = '' OR course_id = {course:String})"

TOTALS = f"""
SELECT count() AS attempts, countIf(t.correct) AS correct, uniqExact(learner_id) AS learners,
       uniqExact(concept_id) AS concepts, uniqExact(item_id) AS items,
       uniqExactIf((learner_id, session_id), session_id IS NOT NULL) AS sessions, sum(hints_used) AS hints,
       countIf(NOT has_answer) AS unanswered, sum(t.duration_ms) AS duration_ms,
       minOrNull(t.sent_at) AS first_at, maxOrNull(t.sent_at) AS last_at
FROM fact_attempts AS t WHERE {WHERE}
"""
CONCEPTS = f"""
SELECT concept_id, sum(tried) AS attempts, sum(right) AS correct, count() AS learners,
       countIf(length(last) = {LAST_OF_CONCEPT} AND arrayCount(a -> a.4, last) >= {PASSING}) AS passing,
       arraySort(arrayFlatten(groupArray(durations))) AS all_durations,
       if(empty(all_durations), NULL, all_durations[intDiv(length(all_durations) + 1, 2)]) AS median_ms
FROM (
    SELECT concept_id, learner_id, count() AS tried, countIf(t.correct) AS right,
           arraySlice({IN_ORDER}, -{LAST_OF_CONCEPT}) AS last,
           groupArrayIf(assumeNotNull(duration_ms), duration_ms IS NOT NULL) AS durations
    FROM fact_attempts AS t WHERE {WHERE}
    GROUP BY concept_id, learner_id
)
GROUP BY concept_id
ORDER BY concept_id
"""
ITEMS = f"""
SELECT item_id, any(concept_id) AS concept_id, count() AS attempts, countIf(t.correct) AS correct,
       uniqExact(learner_id) AS learners
FROM fact_attempts AS t WHERE {WHERE}
GROUP BY item_id
ORDER BY item_id
"""
LEARNERS = f"""
SELECT learner_id, count() AS attempts, countIf(t.correct) AS correct, uniqExact(concept_id) AS concepts,
       uniqExact(session_id) AS sessions, uniqExact(toDate(sent_at)) AS days, sum(t.duration_ms) AS duration_ms,
       min(t.sent_at) AS first_at, max(t.sent_at) AS last_at,
       arraySlice({IN_ORDER}, -{LAST_OF_LEARNER}) AS last,
       length(last) AS recent, arrayCount(a -> a.4, last) AS recent_correct
FROM fact_attempts AS t WHERE {WHERE}
GROUP BY learner_id
ORDER BY learner_id
"""
DAYS = f"""
SELECT toString(toDate(sent_at)) AS day, count() AS attempts, countIf(t.correct) AS correct,
       uniqExact(learner_id) AS learners
FROM fact_attempts AS t WHERE {WHERE}
GROUP BY day
ORDER BY day
"""


def numbers(client: "Client", tenant: str, course: str, progress: Callable[[str], None]) -> Numbers:
    """Everything that the page shows. Raises what `clickhouse_connect` raises."""
    given = {"tenant": tenant, "course": course}
    progress("totals")
    (totals,) = ask(client, TOTALS, given)
    found: Numbers = {"tenant": tenant, "course": course, "totals": _with_success(totals)}
    parts = {"concepts": CONCEPTS, "items": ITEMS, "learners": LEARNERS, "days": DAYS}
    for name, query in parts.items():
        progress(name)
        found[name] = [_with_success(row) for row in ask(client, query, given)]
    return found


def _with_success(row: Row) -> Row:
    row.pop("last", None)
    row.pop("all_durations", None)
    row["success"] = share(row["correct"], row["attempts"])
    if "recent" in row:
        row["recent_success"] = share(row["recent_correct"], row["recent"])
    return row


def sections(found: Numbers) -> Iterator[Section]:
    """The page."""
    totals = found["totals"]
    yield Section(
        "In all",
        f"From {totals['first_at']} to {totals['last_at']} UTC.",
        table(
            ("learners", "attempts", "right", "success", "sessions", "concepts", "items", "hints"),
            [
                (
                    *(totals[name] for name in ("learners", "attempts", "correct")),
                    percent(totals["success"]),
                    *(totals[name] for name in ("sessions", "concepts", "items", "hints")),
                )
            ],
        ),
    )
    days = found["days"]
    yield Section("Attempts by day", "UTC.", line([(row["day"], row["attempts"]) for row in days]))
    yield Section(
        "Success by day", "Share of right answers.", line([(row["day"], row["success"]) for row in days], full=1)
    )
    hardest = sorted(found["concepts"], key=lambda row: (row["success"], row["concept_id"]))
    yield Section(
        "Concepts, the hardest first",
        "Share of right answers.",
        bars([(row["concept_id"], row["success"], percent(row["success"])) for row in hardest], full=1)
        + table(
            ("concept", "learners", "attempts", "right", "passing", "median seconds"),
            [
                (
                    *(row[name] for name in ("concept_id", "learners", "attempts", "correct", "passing")),
                    None if row["median_ms"] is None else row["median_ms"] / 1000,
                )
                for row in hardest
            ],
        )
        + f"<p>Passing: at least {PASSING} of a learner's last {LAST_OF_CONCEPT} attempts were right.</p>",
    )
    items = sorted(found["items"], key=lambda row: (row["success"], row["item_id"]))[:15]
    yield Section(
        "The hardest items",
        "The fifteen with the smallest share of right answers.",
        bars(
            [(row["item_id"], row["success"], f"{percent(row['success'])} of {row['attempts']}") for row in items],
            full=1,
        ),
    )
    low = sorted(found["learners"], key=lambda row: (row["recent_success"], row["learner_id"]))[:20]
    yield Section(
        "Who may need help",
        f"The twenty whose last {LAST_OF_LEARNER} attempts went worst.",
        table(
            ("learner", "attempts", "success", "lately", "sessions", "last seen"),
            [
                (
                    row["learner_id"],
                    row["attempts"],
                    percent(row["success"]),
                    percent(row["recent_success"]),
                    row["sessions"],
                    row["last_at"],
                )
                for row in low
            ],
        ),
    )

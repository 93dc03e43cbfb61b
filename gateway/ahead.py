"""What comes: learners at risk, mastery, reviews and anomalies of one tenant."""

from datetime import UTC, datetime
from typing import Any

from gateway.figures import COMMON
from gateway.warehouse import Row, Warehouse

RISKS = ("giving_up", "staying_away", "away_next_week")
MOST_RISKS, MOST_REVIEWS, MOST_CONCEPTS, MOST_ALERTS = 50, 50, 50, 20
LOW = frozenset({"frustrated", "confused", "bored", "anxious"})
TENANT = "tenant_id = {tenant:String}"
# In UTC, as all times are; `today()` is the day where the server is.
TODAY = "toDate(now('UTC'))"

# A prediction whose time is over is none any more, and would keep those that stand off the list.
AT_RISK = f"""
SELECT d.learner_id AS learner_id, d.as_of AS as_of, d.risk AS risk, d.probability AS probability,
       d.uncertainty AS uncertainty, d.horizon_s AS horizon_s, d.model AS model, d.attempts AS attempts,
       d.correct AS correct, d.emotion_baseline AS emotion_baseline, p.rapid_share AS rapid_share,
       p.help_abuses AS help_abuses, p.wheels_spun AS wheels_spun, p.fadings AS fadings
FROM (
    SELECT learner_id, sent_at AS as_of, prediction.name AS risk, prediction.value AS probability,
           prediction.uncertainty AS uncertainty, prediction.horizon_s AS horizon_s, prediction.model AS model,
           attempts, correct, emotion_baseline
    FROM dim_learners
    ARRAY JOIN predictions AS prediction
    WHERE {TENANT} AND prediction.name IN {RISKS} AND dateDiff('second', sent_at, now()) < prediction.horizon_s
    ORDER BY probability DESC, learner_id, risk
    LIMIT {MOST_RISKS}
) AS d
LEFT JOIN (
    SELECT learner_id, rapid_share, help_abuses, wheels_spun, fadings FROM agg_learner_patterns WHERE {TENANT}
) AS p ON p.learner_id = d.learner_id
ORDER BY probability DESC, learner_id, risk
"""
MASTERY = f"""
SELECT concept_id, learners, mastered_now, next_right, next_right_low, next_right_high, due_now
FROM agg_concept_outlook
WHERE {TENANT}
ORDER BY learners DESC, concept_id
LIMIT {MOST_CONCEPTS}
"""
# The profile forecasts for the concept that a learner is at.
FORECAST = f"""
SELECT prediction.subject AS concept_id, count() AS learners, quantileExact(0.5)(prediction.value) AS attempts_p50,
       quantileExact(0.9)(prediction.value) AS attempts_p90
FROM dim_learners
ARRAY JOIN predictions AS prediction
WHERE {TENANT} AND prediction.name = 'attempts_to_mastery' AND prediction.subject IS NOT NULL
GROUP BY concept_id
ORDER BY learners DESC, concept_id
LIMIT {MOST_CONCEPTS}
"""
REVIEWS = f"""
SELECT learner_id, concept_id, due_at, retrievability, mastered
FROM dim_learner_concepts
WHERE {TENANT} AND due_at <= now() + INTERVAL 1 DAY
ORDER BY due_at, learner_id, concept_id
LIMIT {MOST_REVIEWS}
"""
REVIEW_DAYS = f"""
SELECT greatest(0, dateDiff('day', {TODAY}, toDate(assumeNotNull(due_at)))) AS in_days, count() AS reviews
FROM dim_learner_concepts
WHERE {TENANT} AND toDate(due_at) < {TODAY} + INTERVAL 7 DAY
GROUP BY in_days
ORDER BY in_days
"""
ANOMALIES = f"""
SELECT group_id, max(sent_at) AS last_at, any(began_at) AS since, argMax(state, sent_at) AS now_is,
       argMax(metric, sent_at) AS what, argMax(dimension, sent_at) AS by_dimension, argMax(cause, sent_at) AS causes,
       argMax(severity, sent_at) AS how_bad, argMax(text, sent_at) AS line, argMax(observed, sent_at) AS seen,
       argMax(expected, sent_at) AS usual
FROM fact_alerts
WHERE ({TENANT} OR (tenant_id = '' AND dimension IN {COMMON})) AND sent_at >= now() - INTERVAL 7 DAY
GROUP BY group_id
ORDER BY last_at DESC
LIMIT {MOST_ALERTS}
"""
SCORES = f"""
SELECT kind, model, argMax(running_predictions, day) AS predictions, argMax(running_auc, day) AS auc,
       argMax(running_ece, day) AS ece, argMax(running_mean_absolute_error, day) AS mean_absolute_error
FROM agg_model_scores
WHERE {TENANT}
GROUP BY kind, model
ORDER BY kind, model
"""


async def ahead(warehouse: Warehouse, tenant: str) -> dict[str, Any]:
    """A tenant's look-ahead. Raises `Refusal`."""
    now = datetime.now(UTC)
    risks = await warehouse.rows(AT_RISK, tenant=tenant)
    forecast = {row["concept_id"]: row for row in await warehouse.rows(FORECAST, tenant=tenant)}
    days = {row["in_days"]: row["reviews"] for row in await warehouse.rows(REVIEW_DAYS, tenant=tenant)}
    shown = ("learner_id", "as_of", "risk", "probability", "uncertainty", "horizon_s", "model")
    return {
        "at": now.isoformat(),
        "risks": [{**{name: row[name] for name in shown}, "signs": signs(row, now)} for row in risks],
        "mastery": [
            {**row, "forecast": _forecast(forecast.get(row["concept_id"]))}
            for row in await warehouse.rows(MASTERY, tenant=tenant)
        ],
        "reviews": await warehouse.rows(REVIEWS, tenant=tenant),
        "reviews_by_day": [days.get(day, 0) for day in range(7)],
        "anomalies": await warehouse.rows(ANOMALIES, tenant=tenant),
        "scores": await warehouse.rows(SCORES, tenant=tenant),
    }


def signs(row: Row, now: datetime) -> list[str]:
    """What else is known of a learner at risk, in lines for people: signs beside the probability, not its parts."""
    found = []
    as_of = datetime.fromisoformat(row["as_of"])
    silent = (now - (as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))).days
    if silent >= 3:
        found.append(f"nothing for {silent} days")
    if row["fadings"]:
        found.append(f"came ever more seldom, {_times(row['fadings'])}")
    if row["attempts"] >= 5 and row["correct"] / row["attempts"] < 0.5:
        found.append(f"{100 * row['correct'] / row['attempts']:.0f} % of {row['attempts']} answers right")
    if row["wheels_spun"]:
        found.append(f"ten attempts without mastery, {_times(row['wheels_spun'])}")
    if row["rapid_share"] >= 0.1:
        found.append(f"{100 * row['rapid_share']:.0f} % of the answers too quick to have been thought about")
    if row["help_abuses"]:
        found.append(f"hints clicked through, {_times(row['help_abuses'])}")
    moods = {name: value for name, value in row["emotion_baseline"].items() if name in LOW and value >= 0.3}
    if moods:
        found.append(f"often {max(moods, key=lambda name: moods[name])}")
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _forecast(row: Row | None) -> Row | None:
    return None if row is None else {name: row[name] for name in ("learners", "attempts_p50", "attempts_p90")}

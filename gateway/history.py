"""One learner's way so far: what was expected of each attempt and what came, what was mastered, the last replies."""

from typing import Any

from gateway.refusal import Refusal
from gateway.warehouse import THEIRS, Warehouse

MOST_POINTS, MOST_REPLIES = 1000, 20

KNOWLEDGE = f"""
SELECT sent_at, concept_id, predicted, outcome
FROM fact_expectations
WHERE {THEIRS} AND concept_id IS NOT NULL
ORDER BY sent_at DESC
LIMIT {MOST_POINTS}
"""
MASTERED = f"SELECT sent_at, concept_id, gained FROM fact_mastery WHERE {THEIRS} ORDER BY sent_at DESC LIMIT 100"
PATTERNS = f"SELECT * EXCEPT (tenant_id, learner_id) FROM agg_learner_patterns WHERE {THEIRS}"
REPLIES = f"""
SELECT message_id, sent_at, message_text, text, source, provider, task, concepts
FROM fact_responses
WHERE {THEIRS}
ORDER BY sent_at DESC
LIMIT {MOST_REPLIES}
"""


async def history(warehouse: Warehouse, tenant: str, learner: str) -> dict[str, Any]:
    """One learner's way: what was expected of each attempt and what came, what was mastered, the last replies.

    Raises `Refusal`.
    """
    who = {"tenant": tenant, "learner": learner}
    knowledge, replies = await warehouse.rows(KNOWLEDGE, **who), await warehouse.rows(REPLIES, **who)
    if not knowledge and not replies:
        raise Refusal(404, "not_found", "nothing is known of this learner yet")
    patterns = await warehouse.rows(PATTERNS, **who)
    return {
        "learner_id": learner,
        "knowledge": knowledge[::-1],
        "mastery": (await warehouse.rows(MASTERED, **who))[::-1],
        "patterns": patterns[0] if patterns else {},
        "replies": replies,
    }

"""Which topic's records go to which table, and which of an event's fields are its columns."""

from schemas import topics
from schemas.topics import Topic
from sinks.columns import POSITION, Column, Table, json_text, parts, plain
from sinks.dead_letters import DEAD_LETTERS

LEARNER = plain("event_id", "tenant_id", "learner_id", "session_id", "course_id", "sent_at")
OF_A_MESSAGE = (*LEARNER, *plain("message_id"))


def _table(name: str, topic: Topic, *columns: Column, **left_out: str) -> Table:
    return Table(name, topic, (*columns, *POSITION), left_out)


MESSAGES = _table("raw_messages", topics.MESSAGES, *OF_A_MESSAGE, *plain("text", "language", "concepts"))

CONTEXTS = _table(
    "raw_contexts",
    topics.ENRICHED,
    *OF_A_MESSAGE,
    *plain("appended_at", "deadline_at", "task", "concepts", "pieces", "text_tokens", "token_budget"),
    *plain("turns_through", "mastery", "missing"),
    *json_text("next_step"),
    text="the message's, in raw_messages",
    language="the message's, in raw_messages",
    question="the reply cache's, which routing records with the response",
    layer_weights="with the response, in raw_responses",
)

EMOTIONS = _table(
    "raw_emotions",
    topics.SCORED,
    *OF_A_MESSAGE,
    *parts("emotion", "model", "emotions", "valence", "arousal", "dominance", "states", "confidence"),
    *parts("emotion", "cant_tell", "crisis", "baseline", "trend", "spell", "spell_messages"),
    *parts("plan", "tone", "pace", "acknowledge", "smaller_steps", "suggest_break", prefix="plan_"),
    *parts("plan", "challenge", "reasons", "encouragement", prefix="plan_"),
    **dict.fromkeys(("text", "language"), "the message's, in raw_messages"),
    **dict.fromkeys(
        (
            *("appended_at", "deadline_at", "task", "concepts", "pieces", "text_tokens", "token_budget"),
            *("turns_through", "mastery", "next_step", "missing", "question", "layer_weights"),
        ),
        "the context stage's, in raw_contexts",
    ),
)

RESPONSES = _table(
    "raw_responses",
    topics.RESPONSES,
    *OF_A_MESSAGE,
    *plain("response_id", "turn", "text", "message_text", "source", "provider", "model", "template_version"),
    *plain("finish_reason", "prompt_tokens", "completion_tokens", "cost_usd", "lost_usd"),
    *plain("provider_ms", "first_token_ms", "tries", "repeated_call", "appended_at", "deadline_at"),
    *plain("task", "concepts", "item_id"),
    *json_text("emotion", "plan"),
    *parts("decision", "policy", "features", "candidates", "propensity", prefix="decision_"),
    *plain("prompt", "prompt_budget", "missing"),
    *json_text("cache"),
    *plain("layer_weights"),
)

ATTEMPTS = _table(
    "raw_attempts",
    topics.ATTEMPTS,
    *OF_A_MESSAGE,
    *plain("concept_id", "item_id", "correct", "duration_ms", "hints_used", "answer"),
)

FEEDBACK = _table("raw_feedback", topics.FEEDBACK, *OF_A_MESSAGE, *plain("kind", "rating", "comment"))

SIGNALS = _table("raw_signals", topics.SIGNALS, *OF_A_MESSAGE, *plain("kind"))

PROFILES = _table(
    "raw_profiles",
    topics.PROFILES,
    *OF_A_MESSAGE,
    *plain("revision", "caused_by", "messages", "attempts", "correct", "ability", "ability_uncertainty"),
    *plain("concepts", "traits", "predictions", "emotion_baseline"),
    *json_text("next_step"),
)

INTERVENTIONS = _table(
    "raw_interventions",
    topics.INTERVENTIONS,
    *OF_A_MESSAGE,
    *plain("kind", "source", "severity", "text", "evidence", "experiment", "arm"),
)

REWARDS = _table(
    "raw_rewards",
    topics.REWARDS,
    *OF_A_MESSAGE,
    *plain("response_id", "value", "components", "closed_by", "elapsed_s", "provider", "policy", "task"),
    *plain("features", "propensity", "layers", "layer_weights"),
)

LEARNING_EVENTS = _table(
    "raw_learning_events",
    topics.LEARNING_EVENTS,
    *OF_A_MESSAGE,
    *plain("kind", "concept_id", "item_id", "model", "predicted", "outcome", "value", "detail"),
)

AGGREGATES = _table(
    "raw_aggregates",
    topics.AGGREGATES,
    *plain("event_id", "tenant_id", "kind", "dimension", "window_start", "window_s", "final", "revision"),
    *plain("source_partition", "counts", "sums", "sketches", "late"),
)

ALERTS = _table(
    "raw_alerts",
    topics.ALERTS,
    *plain("event_id", "group_id", "tenant_id", "sent_at", "state", "metric", "dimension", "cause", "severity", "text"),
    *plain("began_at", "observed", "expected", "cases", "contribution", "surprise", "series", "query"),
)

ERASURES = _table("raw_erasures", topics.ERASURES, *LEARNER, *plain("requested_by", "reason"))

ALL = (
    MESSAGES,
    CONTEXTS,
    EMOTIONS,
    RESPONSES,
    ATTEMPTS,
    FEEDBACK,
    SIGNALS,
    PROFILES,
    INTERVENTIONS,
    REWARDS,
    LEARNING_EVENTS,
    AGGREGATES,
    ALERTS,
    DEAD_LETTERS,
    ERASURES,
)
BY_NAME = {table.name: table for table in ALL}
_BY_TOPIC = {table.topic.name: table for table in ALL if table.topic is not None}


def of_topic(topic: str) -> Table:
    """The table that holds the records of `topic`. Raises `LookupError` for a topic that is not stored."""
    if topic.endswith(".DLQ"):
        return DEAD_LETTERS
    if topic not in _BY_TOPIC:
        raise LookupError(f"the records of {topic} are not stored in ClickHouse; those of {', '.join(_BY_TOPIC)} are")
    return _BY_TOPIC[topic]

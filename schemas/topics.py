"""The topics: their names, what they hold and how long it stays."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. `event` is the schema's name, '' where any bytes may come.

    `compacted` topics keep the last value of each key.
    """

    name: str
    event: str
    compacted: bool = False
    from_apps: bool = False

    @property
    def dlq(self) -> str:
        """Where its refused records go."""
        return f"{self.name}.DLQ"


def dead_letters(topic: Topic) -> Topic:
    """The topic that holds the refused records of `topic`, whatever their bytes."""
    return Topic(topic.dlq, "")


MESSAGES = Topic("masterx.messages", "LearnerMessage", from_apps=True)
ATTEMPTS = Topic("masterx.attempts", "Attempt", from_apps=True)
FEEDBACK = Topic("masterx.feedback", "Feedback", from_apps=True)
SIGNALS = Topic("masterx.signals", "Signal", from_apps=True)
ENRICHED = Topic("masterx.enriched", "EnrichedMessage")
SCORED = Topic("masterx.scored", "ScoredMessage")
RESPONSES = Topic("masterx.responses", "TutorResponse")
PROFILES = Topic("masterx.profiles", "LearnerProfile", compacted=True)
INTERVENTIONS = Topic("masterx.interventions", "Intervention")
REWARDS = Topic("masterx.rewards", "Reward")
LEARNING_EVENTS = Topic("masterx.learning-events", "LearningEvent")
AGGREGATES = Topic("masterx.aggregates", "Aggregate")
MINUTES = Topic("masterx.minutes", "Aggregate")
ALERTS = Topic("masterx.alerts", "Alert")
SHARED = Topic("masterx.shared", "SharedStatistics", compacted=True)
ERASURES = Topic("masterx.erasures", "Erasure", from_apps=True)

# The schemas that any version of the program writes, by fingerprint: one partition, no events and no dead letters.
SCHEMAS = Topic("masterx.schemas", "", compacted=True)

ALL = (
    MESSAGES,
    ATTEMPTS,
    FEEDBACK,
    SIGNALS,
    ENRICHED,
    SCORED,
    RESPONSES,
    PROFILES,
    INTERVENTIONS,
    REWARDS,
    LEARNING_EVENTS,
    MINUTES,
    AGGREGATES,
    ALERTS,
    SHARED,
    ERASURES,
)
BY_NAME = {topic.name: topic for topic in ALL}

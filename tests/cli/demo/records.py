"""Records as the watch hands them on, filled in by their schemas."""

from typing import Any

from cli.demo.seen.record import Seen
from schemas.topics import BY_NAME, Topic
from tests.cli.samples import sample


def seen(topic: Topic, *, at: float = 0.0, appended_ms: int = 0, **fields: Any) -> Seen:
    """A record of `topic`; fields not given are those of the sample event."""
    return Seen(topic.name, {**sample(BY_NAME[topic.name].event), **fields}, appended_ms, at)


def reading(**fields: Any) -> dict[str, Any]:
    """An EmotionReading of a text that can be read."""
    return {**sample("ScoredMessage")["emotion"], "cant_tell": False, "spell": None, **fields}


def concept(name: str, p: float, *, attempts: int = 1, mastered: bool = False) -> dict[str, Any]:
    """One ConceptKnowledge of a profile."""
    known = sample("LearnerProfile")["concepts"][0]
    return {**known, "concept_id": name, "p_correct": p, "attempts": attempts, "mastered": mastered}

"""What the topics hold of a stretch of live traffic: the inputs, and what the stages made of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.kafka import partition_count, reach, read_through, reader, spans
from schemas.codec import DecodeError, Event, Origin, WriterSchemas, decode
from schemas.topics import (
    ATTEMPTS,
    ENRICHED,
    ERASURES,
    FEEDBACK,
    INTERVENTIONS,
    LEARNING_EVENTS,
    MESSAGES,
    PROFILES,
    RESPONSES,
    REWARDS,
    SCORED,
    SHARED,
    SIGNALS,
    Topic,
)

if TYPE_CHECKING:
    from config.settings import Settings

READ = (
    *(MESSAGES, ATTEMPTS, FEEDBACK, SIGNALS, ENRICHED, SCORED, RESPONSES),
    *(PROFILES, REWARDS, INTERVENTIONS, LEARNING_EVENTS, SHARED, ERASURES),
)
INPUTS = (ATTEMPTS, FEEDBACK, SIGNALS, RESPONSES)
OUTPUTS = (REWARDS, INTERVENTIONS, LEARNING_EVENTS)


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as it stands in its topic. `at` is the broker's append time, microseconds, UTC."""

    topic: Topic
    partition: int
    offset: int
    at: int
    key: bytes
    value: bytes
    registry: WriterSchemas | None = field(default=None, repr=False, compare=False)

    @property
    def event(self) -> Event:
        """What it says. Raises `DecodeError`."""
        origin = Origin(f"{self.topic.name}/{self.partition}/{self.offset}", self.at)
        return decode(self.topic.event, self.value, self.registry, origin)


def _all(key: bytes) -> bool:
    return True


@dataclass(slots=True)
class Recording:
    """Records by what they are asked for. Of copies the lowest offset counts, as everywhere.

    `messages`, `enriched`, `scored`, `responses`: by message id. `inputs`: what the profile stage reads, by event id.
    `outputs`: what it and the emotion stage made besides profiles, by event id. `profiles`: in the order of their
    partitions and offsets, which is the order in which the stage worked. `signals`: by learner's key. `shared`:
    publications of sums. `wanted`: whose messages are here, by the learner's key. `erased`: learners who asked to be
    forgotten; nothing of theirs is here. `cut_off`: input topics of which the broker has let go of the beginning.
    """

    messages: dict[str, Kept] = field(default_factory=dict)
    enriched: dict[str, Kept] = field(default_factory=dict)
    scored: dict[str, Kept] = field(default_factory=dict)
    responses: dict[str, Kept] = field(default_factory=dict)
    inputs: dict[str, Kept] = field(default_factory=dict)
    outputs: dict[str, Kept] = field(default_factory=dict)
    profiles: list[Kept] = field(default_factory=list)
    signals: dict[bytes, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    shared: list[Kept] = field(default_factory=list)
    erased: set[bytes] = field(default_factory=set)
    cut_off: list[str] = field(default_factory=list)
    wanted: Callable[[bytes], bool] = _all

    def whole(self) -> list[str]:
        """Ids of the messages that every stage has handled, in the order in which they were enriched."""
        stages: tuple[Mapping[str, Kept], ...] = (self.messages, self.scored, self.responses)
        there = [id_ for id_ in self.enriched if all(id_ in stage for stage in stages)]
        return sorted(there, key=lambda id_: (self.enriched[id_].at, self.enriched[id_].offset))


def fetch(settings: "Settings", until: int | None, wanted: Callable[[bytes], bool]) -> Recording:
    """Everything in the topics that was appended before `until` (microseconds).

    Messages and what became of them are kept of learners whose key is `wanted`; what the profile stage read and wrote
    is kept of all, since its sums are over all learners. Raises `Failure` where the broker does not answer.
    """
    consumer = reader(settings)
    try:
        known = dict(reach(consumer, settings))
        if settings.broker == "pocket":
            known = {topic.name: partition_count(consumer, settings, topic.name) for topic in READ}
        held = spans(consumer, [topic.name for topic in READ], known)
        by_name = {topic.name: topic for topic in READ}
        registry = _registry(settings)
        found = []
        for message in read_through(consumer, held):
            at = message.timestamp()[1] * 1000
            value = message.value()
            if value is not None and (until is None or at < until):
                topic = by_name[message.topic() or ""]
                place = message.partition() or 0, message.offset() or 0
                found.append(Kept(topic, *place, at, message.key() or b"", value, registry))
    finally:
        consumer.close()
    made = arrange(found, wanted)
    inputs = {topic.name for topic in (MESSAGES, ATTEMPTS, FEEDBACK, SIGNALS)}
    made.cut_off = sorted({span.topic for span in held if span.topic in inputs and span.low > 0})
    return made


def arrange(found: Iterable[Kept], wanted: Callable[[bytes], bool] = _all) -> Recording:
    """The records of any topics, in any order, as a recording. Those that can't be read were dead letters: left out."""
    made = Recording(wanted=wanted)
    records = sorted(found, key=lambda kept: (kept.topic.name, kept.partition, kept.offset))
    made.erased = {kept.key for kept in records if kept.topic is ERASURES}
    by_message = {
        MESSAGES.name: made.messages,
        ENRICHED.name: made.enriched,
        SCORED.name: made.scored,
        RESPONSES.name: made.responses,
    }
    taken: set[str] = set()
    for kept in records:
        if kept.topic is ERASURES or kept.key in made.erased:
            continue
        try:
            event = kept.event
        except DecodeError:
            continue
        name = kept.topic.name
        if name in by_message and wanted(kept.key):
            by_message[name].setdefault(event["message_id"], kept)
        if kept.topic in INPUTS and event["event_id"] not in made.inputs:
            made.inputs[event["event_id"]] = kept
            if kept.topic is SIGNALS and wanted(kept.key):
                made.signals[kept.key].append(kept)
        elif kept.topic in OUTPUTS:
            made.outputs.setdefault(event["event_id"], kept)
        elif kept.topic is PROFILES and event["event_id"] not in taken:
            taken.add(event["event_id"])
            made.profiles.append(kept)
        elif kept.topic is SHARED:
            made.shared.append(kept)
    for signals in made.signals.values():
        signals.sort(key=lambda kept: (kept.at, kept.offset))
    made.shared.sort(key=lambda kept: (kept.at, kept.partition, kept.offset))
    return made


def _registry(settings: "Settings") -> WriterSchemas | None:
    if not settings.schema_registry_url:
        return None
    from pipeline.registry import Registry

    return Registry(settings.schema_registry_url).schema

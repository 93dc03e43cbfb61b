"""A learner's erasure reaches the gateway: neither memory nor a resumed stream holds what is from before it."""

import asyncio
import uuid
from contextlib import aclosing

import pytest

from config.settings import Settings
from gateway.cursor import RESPONSE
from gateway.intake import Intake
from gateway.kafka.feed import FeedRecord
from gateway.kafka.partition import partition_of
from gateway.parts import Parts
from gateway.principal import Principal
from pipeline import admin
from schemas.codec import encode, encode_confluent
from schemas.topics import ERASURES, INTERVENTIONS, RESPONSES
from tests.cli.samples import sample
from tests.gateway.school import SECONDS, School, running, until


def held(parts: Parts, school: School, learner: str) -> list[str]:
    """The texts of the learner's replies and interventions in the gateway's memory."""
    shown = parts.figures.of(school.tenant).snapshot(0.0, ["interventions"])["interventions"]
    replies = parts.recent.after(school.key(learner), RESPONSE, 0)
    return [
        *(kept.body["text"] for kept in replies),
        *(each["text"] for each in shown if each["learner_id"] == learner),
    ]


async def resumed(parts: Parts, school: School, learner: str) -> list[str]:
    """The same from a stream that is resumed from the topics' beginning, up to the text "new"."""
    partition = partition_of(school.key(learner), parts.settings.partitions)
    texts: list[str] = []
    with parts.streams.opened(Principal(school.tenant, "staff"), learner, None, f"{partition}-0-0") as opened:
        async with asyncio.timeout(SECONDS), aclosing(opened.batches) as batches:
            async for frames in batches:
                texts += [frame["text"] for frame in frames if "text" in frame]
                if "new" in texts:
                    break
    return texts


@pytest.mark.kafka
@pytest.mark.stack
@pytest.mark.timeout(180)
async def test_what_is_from_before_an_erasure_is_in_no_memory_and_on_no_stream(settings: Settings) -> None:
    admin.create(settings)
    school = School(settings)
    async with running(settings) as parts:
        for learner in ("ada", "ben"):
            school.write(RESPONSES, learner, text="reply")
            school.write(INTERVENTIONS, learner, text="notice")
        await until(lambda: len(held(parts, school, "ada") + held(parts, school, "ben")) == 4)
        await parts.limits.take(school.tenant, "ada")
        school.write(ERASURES, "ada")
        await until(lambda: held(parts, school, "ada") == [])
        assert held(parts, school, "ben") == ["reply", "notice"]
        assert not [key for key in parts.limits._own._buckets if key.endswith("/ada")]

        # Whoever comes back is new, and is told what comes.
        school.write(INTERVENTIONS, "ada", text="new")
        school.write(INTERVENTIONS, "ben", text="new")
        assert await resumed(parts, school, "ada") == ["new"]
        assert await resumed(parts, school, "ben") == ["reply", "notice", "new"]

    # Those that are started later read what was before from Kafka again.
    for seconds, memory in ((0.0, []), (300.0, ["new"])):
        async with running(settings, gateway_replay_seconds=seconds) as parts:
            assert held(parts, school, "ada") == memory
            assert await resumed(parts, school, "ada") == ["new"]


def erasure(value: bytes, key: bytes = b"school/ada") -> FeedRecord:
    return FeedRecord(ERASURES.name, 0, 7, 1000, key, value)


def reply(at: int, key: bytes) -> FeedRecord:
    event = sample("TutorResponse") | {"event_id": str(uuid.uuid4())}
    return FeedRecord(RESPONSES.name, 0, at, at, key, encode("TutorResponse", event))


def test_an_erasure_is_about_whom_its_event_names() -> None:
    intake = Intake()
    named = encode("Erasure", sample("Erasure") | {"tenant_id": "school", "learner_id": "ben"})
    assert intake.erasure(erasure(named, b"school/ada")) == b"school/ben"
    assert intake.read(reply(1000, b"school/ada")) is not None
    assert intake.read(reply(1000, b"school/ben")) is None
    assert intake.read(reply(1001, b"school/ben")) is not None
    assert intake.counts == {"erased": 1}


def test_an_erasure_in_the_wire_format_of_a_registry_is_about_the_learner_of_its_key() -> None:
    intake = Intake()
    assert intake.erasure(erasure(encode_confluent("Erasure", sample("Erasure"), 3))) == b"school/ada"
    assert intake.read(reply(1000, b"school/ada")) is None


@pytest.mark.parametrize("value", [b"", b"nonsense", b"{}", b'{"learner_id": "ada"}'])
def test_what_is_no_erasure_erases_nobody(value: bytes) -> None:
    intake = Intake()
    assert intake.erasure(erasure(value)) is None
    assert intake.read(reply(1000, b"school/ada")) is not None
    assert intake.counts == {"unreadable": 1}

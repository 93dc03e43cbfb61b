"""Stages of one app share the event of a record, so none may change it."""

import copy
from collections.abc import Callable
from types import ModuleType

import pytest

from agents.analytics import agent as analytics
from agents.context import agent as context
from agents.profile import agent as profile
from config.settings import Settings
from pipeline.delivery.record import Record
from pipeline.delivery.stage import BatchStage
from schemas import catalogue
from schemas.codec import Event
from schemas.ids import learner_key
from schemas.topics import BY_NAME, ERASURES, PROFILES, RESPONSES
from tests.schemas.values import full, sparse


class Empty:
    def get(self, partition: int, key: bytes) -> bytes | None:
        return None


@pytest.mark.parametrize("made", [full, sparse])
@pytest.mark.parametrize(
    ("module", "topic"),
    [(context, RESPONSES), (profile, RESPONSES), (analytics, RESPONSES), (context, PROFILES), (context, ERASURES)],
    ids=lambda value: value.__name__ if isinstance(value, ModuleType) else value.name,
)
async def test_the_event_is_as_it_was(module: ModuleType, topic: object, made: Callable[[object], Event]) -> None:
    name = topic.name  # type: ignore[attr-defined]
    event = made(catalogue.declared(BY_NAME[name].event))
    event["tenant_id"], event["learner_id"] = "school", "ada"
    if "turn" in event:
        event["turn"] = 3
    before = copy.deepcopy(event)
    record = Record(name, 0, 1, learner_key("school", "ada"), event, event["sent_at"])
    stage = module.stage(Settings(_env_file=None))
    if isinstance(stage, BatchStage):
        await stage.handle([record], Empty())
    else:
        await stage.handle(record, None)
    assert event == before

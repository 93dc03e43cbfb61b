from typing import Any

import pytest

from agents.routing import agent
from agents.routing.ledger import ConversationState
from config.settings import Settings
from pipeline.delivery.record import Outcome, Record
from pipeline.delivery.stage import KeyedStage
from schemas.topics import REWARDS, SCORED
from tests.agents.routing.replies import response

REWARD: dict[str, Any] = {"message_id": "m", "provider": "p", "task": "explain", "features": {}, "value": 0.5}


class Learns:
    def __init__(self) -> None:
        self.learned: list[Any] = []

    def learn(self, reward: Any) -> None:
        self.learned.append(reward)


@pytest.fixture
def router() -> Learns:
    return Learns()


@pytest.fixture
def stage(router: Learns, monkeypatch: pytest.MonkeyPatch) -> KeyedStage:
    monkeypatch.setattr(agent, "build_router", lambda _settings, _environ, _store: router)
    return agent.stage(Settings())


def record(topic: str, event: Any) -> Record:
    return Record(topic, 0, 0, b"school/ada", event, 0)


async def test_a_reward_teaches_the_router_and_leaves_the_conversation_as_it_is(
    stage: KeyedStage, router: Learns
) -> None:
    assert await stage.handle(record(REWARDS.name, REWARD), b"anything") == Outcome()
    assert router.learned == [REWARD]


def test_a_reward_that_comes_again_sends_no_reply_again(stage: KeyedStage) -> None:
    stored = response()
    state = ConversationState().with_reply(stored, day=1).dumps()
    again = {"message_id": stored["message_id"]}
    assert stage.replay is not None
    assert list(stage.replay(record(REWARDS.name, REWARD | again), state)) == []
    assert len(stage.replay(record(SCORED.name, again), state)) == 1

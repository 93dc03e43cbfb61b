import uuid
from typing import Any

import pytest

from agents.routing import agent
from agents.routing.bandit import Bandit
from agents.routing.ledger import VERSION, ConversationState
from agents.routing.spending import Spending
from config.settings import Settings
from pipeline.delivery.process_keyed import AWAY
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage
from schemas.topics import ERASURES, RESPONSES, REWARDS, SCORED
from tests.agents.routing.conftest import declared
from tests.agents.routing.replies import response

REPLIED = "6e1d0f0e-94a1-4c12-9f0a-3f0a6c1f7f11"
REWARD: dict[str, Any] = {"message_id": "m", "provider": "p", "task": "explain", "features": {}, "value": 0.5}


class Routes:
    """What the stage needs of a router."""

    def __init__(self) -> None:
        self.bandit = Bandit([declared("p", "http://127.0.0.1:1/v1")])
        self.spending = Spending()
        self.response = response()
        self.rewards: list[Any] = []

    async def answer(self, *_: object) -> tuple[Any, ConversationState]:
        return self.response, ConversationState().with_reply(self.response, day=7)

    async def rewarded(self, reward: Any) -> None:
        self.rewards.append(reward)


@pytest.fixture
def router() -> Routes:
    return Routes()


@pytest.fixture
def stage(router: Routes, monkeypatch: pytest.MonkeyPatch) -> KeyedStage:
    monkeypatch.setattr(agent, "build_router", lambda _settings, _environ, _store, _board: router)
    return agent.stage(Settings())


def record(topic: str, event: Any, state: ConversationState | None = None) -> Record:
    return Record(topic, 0, 0, b"school/ada", event, 0, rows=(state or ConversationState()).changes.get)


async def test_a_reward_teaches_the_router_once_it_is_done_and_leaves_the_conversation_as_it_is(
    stage: KeyedStage, router: Routes
) -> None:
    untaught = router.bandit.dumps()
    assert await stage.handle(record(REWARDS.name, REWARD), b"anything") == Outcome()
    assert router.rewards == [REWARD]
    assert router.bandit.dumps() == untaught
    assert stage.shared is not None
    stage.shared.done(0, REWARDS.name, 0)
    assert router.bandit.dumps() != untaught


async def test_what_all_calls_of_a_message_have_cost_is_spent_once_it_is_done(
    stage: KeyedStage, router: Routes
) -> None:
    router.response = response(cost_usd=0.25, lost_usd=0.5)
    await stage.handle(record(SCORED.name, {}), None)
    assert router.spending.usd(7) == 0.0
    assert stage.shared is not None
    stage.shared.done(0, SCORED.name, 0)
    assert router.spending.usd(7, router.response["tenant_id"]) == 0.75


def test_a_reward_that_comes_again_sends_no_reply_again(stage: KeyedStage) -> None:
    stored = response()
    state = ConversationState().with_reply(stored, day=1)
    again = {"message_id": stored["message_id"]}
    assert stage.replay is not None
    assert stage.replay(record(REWARDS.name, REWARD | again, state), state.dumps()) == ()
    assert stage.replay(record(SCORED.name, again, state), state.dumps()) == (Emit(RESPONSES, stored),)


def tried(provider: str, outcome: str) -> dict[str, Any]:
    return {"provider": provider, "model": provider, "outcome": outcome, "error": None, "elapsed_ms": 5.0}


@pytest.mark.parametrize(
    ("source", "ends", "answer", "failed"),
    [
        ("PROVIDER", ["timeout", "ok"], 1, [True, False]),
        # A second request that was given up for the answer, whichever was recorded first.
        ("PROVIDER", ["ok", "cancelled"], 0, [False, True]),
        ("OFFLINE", ["ok", "timeout"], None, [False, True]),
    ],
)
def test_the_call_that_answered_is_told_apart(
    source: str, ends: list[str], answer: int | None, failed: list[bool]
) -> None:
    tries = [tried("local", end) for end in ends]
    calls = agent.calls_of(response(source=source, tries=tries))
    assert [call.failed for call in calls] == failed
    counted = [n for n, call in enumerate(calls) if "gen_ai.usage.output_tokens" in call.attributes]
    assert counted == ([] if answer is None else [answer])


def test_a_reply_whose_row_is_not_there_is_made_again(stage: KeyedStage) -> None:
    state = ConversationState().with_reply(response(message_id=REPLIED), day=1).dumps()
    assert stage.replay is not None
    assert stage.replay(record(SCORED.name, {"message_id": REPLIED}), state) is None
    assert stage.replay(record(SCORED.name, {"message_id": str(uuid.uuid4())}), state) == ()


async def test_forgetting_a_learner_deletes_the_replies(stage: KeyedStage) -> None:
    state = ConversationState().with_reply(response(message_id=REPLIED), day=1).dumps()
    outcome = await stage.handle(record(ERASURES.name, {}), state)
    assert outcome == Outcome(forget=True, rows={uuid.UUID(REPLIED).bytes: None})


async def test_a_conversation_that_a_newer_worker_wrote_is_waited_with_and_not_refused(stage: KeyedStage) -> None:
    stored = ConversationState().with_reply(response(), day=7).dumps()
    newer = bytes([VERSION + 1]) + stored[1:]
    assert stage.replay is not None
    for topic in (SCORED.name, ERASURES.name):
        with pytest.raises(AWAY, match="newer than this worker's"):
            await stage.handle(record(topic, {"message_id": "m"}), newer)
    with pytest.raises(AWAY, match="newer than this worker's"):
        stage.replay(record(SCORED.name, {"message_id": "m"}), newer)

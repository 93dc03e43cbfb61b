"""Binds routing to its topics: scored messages in, responses out, each kept in the learner's ledger first."""

import os
import time
from collections.abc import Sequence
from typing import Protocol

from agents.routing.board import NoticeBoard
from agents.routing.build import build_router
from agents.routing.cache.replies import ReplyStore
from agents.routing.errand import TokenSink
from agents.routing.ledger import ConversationState
from agents.routing.shared import RoutingSums
from agents.routing.usage import paid_usd
from config.settings import Settings
from pipeline.delivery.record import Emit, Outcome, Record
from pipeline.delivery.stage import KeyedStage, Source
from pipeline.telemetry.tracing import Call
from schemas.codec import Event
from schemas.topics import ERASURES, RESPONSES, REWARDS, SCORED
from schemas.tries import called

# Behind the deadline, for a router that is stuck in spite of it.
GRACE_SECONDS = 15.0


def _now_micros() -> int:
    return time.time_ns() // 1000


class Listener(Protocol):
    """Who wants a reply's tokens as they come."""

    def teller(self, scored: Event) -> TokenSink:
        """What takes the tokens of the reply to this ScoredMessage. Must not block."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


def calls_of(response: Event) -> Sequence[Call]:
    """The calls to providers that a TutorResponse tells of, by OpenTelemetry's conventions for generative AI."""
    calls = []
    good = [
        n for n, t in enumerate(response["tries"]) if t["outcome"] == "ok" and t["provider"] == response["provider"]
    ]
    # A request given up for it may be recorded behind it; a good reply that came too late is nobody's answer.
    answer = good[-1] if good and response["source"] == "PROVIDER" else None
    for number, tried in enumerate(response["tries"]):
        if not called(tried):
            continue
        attributes: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": tried["provider"],
            "gen_ai.request.model": tried["model"],
        }
        if number == answer:
            attributes["gen_ai.usage.input_tokens"] = response["prompt_tokens"]
            attributes["gen_ai.usage.output_tokens"] = response["completion_tokens"]
        failed = tried["outcome"] != "ok"
        if failed:
            attributes["error.type"] = tried["outcome"]
        calls.append(Call(f"chat {tried['model']}", tried["elapsed_ms"], attributes, failed=failed))
    return calls


def stage(
    settings: Settings,
    listener: Listener | None = None,
    store: ReplyStore | None = None,
    board: NoticeBoard | None = None,
) -> KeyedStage:
    """The routing stage. Reads the providers and their keys; raises `ProvidersError`. Without `store`, no replies are
    cached; without `board`, breakers are this worker's own."""
    router = build_router(settings, os.environ, store, board)
    sums = RoutingSums(router.bandit, router.spending)

    async def handle(record: Record, state: bytes | None) -> Outcome:
        if record.topic == ERASURES.name:
            kept = ConversationState.loads(state or b"", record.rows)
            return Outcome(forget=True, rows=kept.forgotten())
        if record.topic == REWARDS.name:
            sums.rewarded((record.partition, record.topic, record.offset), record.event)
            await router.rewarded(record.event)
            return Outcome()
        before = ConversationState.loads(state or b"", record.rows)
        on_token = listener.teller(record.event) if listener is not None else None
        response, after = await router.answer(record.event, before, _now_micros, record.maybe_repeated, on_token)
        stood = (record.partition, record.topic, record.offset)
        sums.spent(stood, response["tenant_id"], after.spent_day, paid_usd(response))
        return Outcome((Emit(RESPONSES, response),), after.dumps(), rows=after.changes)

    def replay(record: Record, state: bytes) -> Sequence[Emit] | None:
        if record.topic != SCORED.name:
            return ()
        kept = ConversationState.loads(state, record.rows)
        stored = kept.find(record.event["message_id"])
        if stored is None:
            return None if kept.lost(record.event["message_id"]) else ()
        return (Emit(RESPONSES, stored),)

    async def close() -> None:
        await router.close()
        if listener is not None:
            await listener.close()

    return KeyedStage(
        "routing",
        (Source(SCORED, identity="message_id", owner=True), Source(REWARDS), Source(ERASURES)),
        handle,
        write_ahead=True,
        replay=replay,
        timeout=settings.deadline_seconds + GRACE_SECONDS,
        close=close,
        shared=sums,
        calls=calls_of,
    )

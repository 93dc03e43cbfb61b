"""What is paid is counted: calls that gave no reply, and the budgets that they close."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agents.routing import tokens
from agents.routing.ledger import ConversationState
from agents.routing.providers.client import Call, Chunk
from agents.routing.router import DAY_MICROS, Router
from config.providers import ClientKind, Timeouts
from local.provider import Provider as ProviderProcess
from schemas.codec import Event
from tests.agents.routing.conftest import NEW, MakeRouter, answer, due_in, now_micros, usual_pace

# A provider that says nothing is given up soon; of one that answers, a slow machine is no reason to.
SHORT, LONG = Timeouts(first_token=2, between_tokens=0.5, total=5), Timeouts(first_token=8, between_tokens=8, total=9)
USD_PER_TOKEN = 0.001


def reported(response: Event) -> int:
    """Tokens that the provider counts for a whole reply to the same prompt."""
    return int(response["prompt_tokens"] + response["completion_tokens"])


def prompt_of(response: Event) -> int:
    """Tokens of the prompt by the local count."""
    return round(1000 * response["decision"]["features"]["prompt"])


def begun(response: Event) -> int:
    """The same, and those of the three words that were streamed."""
    return prompt_of(response) + tokens.estimate("[test provider] reply")


LOST = [
    ({"mode": "garbage", "kind": "withheld"}, reported),
    ({"mode": "garbage", "kind": "unfinished"}, reported),
    ({"mode": "garbage", "kind": "json"}, prompt_of),
    ({"mode": "cut", "after": 3, "token_delay": 0.02}, begun),
    ({"mode": "stall", "after": 3}, begun),
    ({"mode": "hang"}, prompt_of),
]


@pytest.mark.parametrize(("rule", "used"), LOST, ids=[str(rule) for rule, _ in LOST])
async def test_dear_call_without_a_reply_closes_the_learners_budget(
    test_provider: ProviderProcess,
    client_kind: ClientKind,
    rule: dict[str, Any],
    used: Callable[[Event], int],
    dear_and_cheap: MakeRouter,
) -> None:
    test_provider.control({**rule, "provider": "dear"})
    limits = SHORT if rule["mode"] in ("stall", "hang") else LONG
    router = dear_and_cheap(client_kind, limits, learner_day_usd=0.02)
    first, state = await router.answer(due_in(20), NEW, now_micros, repeated=False)
    assert (first["provider"], first["cost_usd"], first["missing"]) == ("cheap", 0.0, [])
    assert first["lost_usd"] == pytest.approx(USD_PER_TOKEN * used(first))
    assert state.spent_usd(state.spent_day) == pytest.approx(first["lost_usd"])
    calls = test_provider.stats()["calls"]
    second, after = await router.answer(due_in(20), state, now_micros, repeated=False)
    assert (second["provider"], second["missing"], second["lost_usd"]) == ("cheap", ["budget"], 0.0)
    assert test_provider.stats()["calls"] == calls + 1
    assert after.spent_micro_usd == state.spent_micro_usd


REFUSED = [
    {"mode": "fail", "status": 500},
    {"mode": "fail", "status": 401},
    {"mode": "rate-limit", "retry_after": 60},
    {"mode": "cut", "after": 0},
]


@pytest.mark.parametrize("rule", REFUSED, ids=str)
async def test_refused_call_costs_nothing(
    test_provider: ProviderProcess, client_kind: ClientKind, rule: dict[str, Any], dear_and_cheap: MakeRouter
) -> None:
    test_provider.control({**rule, "provider": "dear"})
    router = dear_and_cheap(client_kind, learner_day_usd=0.02)
    response, state = await router.answer(due_in(20), NEW, now_micros, repeated=False)
    assert (response["provider"], response["lost_usd"], state.spent_micro_usd) == ("cheap", 0.0, 0)


async def test_calls_of_a_message_that_nobody_answers_add_up(
    make_router: MakeRouter, test_provider: ProviderProcess
) -> None:
    test_provider.control(mode="garbage", kind="json")
    router = make_router("one")
    response = await answer(router, due_in(3))
    assert response["source"] == "OFFLINE"
    calls = router.counts["bad_reply:one"]
    assert calls > 3
    assert response["lost_usd"] == pytest.approx(calls * prompt_of(response) / 1e6)


async def test_reply_past_the_deadline_is_paid_for(test_provider: ProviderProcess, dear_and_cheap: MakeRouter) -> None:
    router, message = dear_and_cheap(learner_day_usd=0.02), due_in(20)
    moments = iter([message["appended_at"], message["deadline_at"] + 1])
    late, state = await router.answer(message, NEW, lambda: next(moments), repeated=False)
    assert (late["source"], late["cost_usd"]) == ("OFFLINE", 0.0)
    again, _ = await router.answer(due_in(20), state, now_micros, repeated=False)
    assert late["lost_usd"] > 0.02
    assert (again["provider"], again["missing"]) == ("cheap", ["budget"])


async def test_call_that_was_given_up_for_a_quicker_one_is_paid_for(
    test_provider: ProviderProcess, dear_and_cheap: MakeRouter
) -> None:
    router = dear_and_cheap(learner_day_usd=0.02)
    usual_pace(router, "dear")
    test_provider.control(mode="slow", delay=30, provider="dear")
    first, state = await router.answer(due_in(20), NEW, now_micros, repeated=False)
    assert {tried["outcome"] for tried in first["tries"]} == {"cancelled", "ok"}
    assert (first["provider"], first["cost_usd"]) == ("cheap", 0.0)
    assert first["lost_usd"] == pytest.approx(USD_PER_TOKEN * prompt_of(first))
    second, _ = await router.answer(due_in(20), state, now_micros, repeated=False)
    assert second["missing"] == ["budget"]


async def test_of_two_replies_that_are_whole_at_once_both_are_paid_for(make_router: MakeRouter) -> None:
    router = make_router("one", "two")
    usual_pace(router, "one")
    both = asyncio.Event()
    asked = []

    class AtOnce:
        async def ask(self, call: Call, on_chunk: Callable[[Chunk], None]) -> None:
            asked.append(call)
            if len(asked) == 2:
                both.set()
            await both.wait()
            on_chunk(Chunk("A median is the middle one.", "stop", 40, 7))

        async def close(self) -> None: ...

    router.caller.clients = {"one": AtOnce(), "two": AtOnce()}
    response = await answer(router, due_in(20))
    assert len(asked) == 2
    assert response["cost_usd"] == response["lost_usd"] == pytest.approx((40 + 2 * 7) / 1e6)


async def test_budget_of_a_tenant_counts_what_gave_no_reply(
    test_provider: ProviderProcess, dear_and_cheap: MakeRouter
) -> None:
    test_provider.control(mode="garbage", kind="withheld", provider="dear")
    router = dear_and_cheap(tenant_day_usd=0.02)
    first = await answer(router, due_in(20, learner_id="ada"))
    # As the stage does once the message is done.
    paid = round((first["cost_usd"] + first["lost_usd"]) * 1_000_000)
    router.spending.add(0, now_micros() // DAY_MICROS, "school", paid)
    second = await answer(router, due_in(20, learner_id="ben"))
    assert (first["missing"], second["missing"]) == ([], ["budget"])


async def test_learner_whose_replies_are_all_withheld_is_left_with_the_cheapest(
    test_provider: ProviderProcess,
    dear_and_cheap: MakeRouter,
) -> None:
    test_provider.control(mode="garbage", kind="withheld", provider="dear")
    router: Router = dear_and_cheap(learner_day_usd=0.1)
    state: ConversationState = NEW
    responses = []
    for _ in range(6):
        response, state = await router.answer(due_in(20), state, now_micros, repeated=False)
        responses.append(response)
    closed = [response["missing"] == ["budget"] for response in responses]
    assert closed == sorted(closed) and closed[-1] and not closed[0]
    assert state.spent_usd(state.spent_day) == pytest.approx(sum(r["lost_usd"] for r in responses))

"""Cached replies on the way of a message: a real provider, the cache's store in memory."""

from typing import Any

import pytest

from agents.routing.cache.replies import ReplyCache
from agents.routing.ledger import ConversationState
from config.prompts import fixed_replies
from local.provider import Provider as ProviderProcess
from tests.agents.routing.cache.stores import MemoryStore
from tests.agents.routing.conftest import NEW, MakeRouter, due_in, now_micros
from tests.agents.routing.test_router import answer

TEXT = "What is a prime number?"
FORM: dict[str, Any] = {"frame": "define", "words": ["number", "prime"], "vector": b"", "facts": "f"}

OF_A_REPLY = ("tenant_id", "learner_id", "message_id")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_question_asked_before_is_answered_without_a_call(
    make_router: MakeRouter, test_provider: ProviderProcess, store: MemoryStore
) -> None:
    cache = ReplyCache(store, 3600)
    router = make_router("one", cache=cache)
    first = await answer(router, due_in(20, text=TEXT, question=FORM))
    await cache.settled()
    second = await answer(router, due_in(20, text="explain prime numbers", question=FORM, learner_id="bob"))
    assert (first["source"], first["cache"]) == ("PROVIDER", None)
    assert (second["source"], second["provider"], second["cost_usd"]) == ("CACHE", "cache", 0.0)
    assert second["text"] == first["text"]
    assert second["tries"] == []
    assert (second["cache"]["kind"], second["cache"]["scope"]) == ("semantic", "tenant")
    assert second["template_version"] == first["template_version"]
    assert second["missing"] == []
    assert test_provider.stats()["calls"] == 1


async def test_a_crisis_gets_the_safe_reply_whatever_is_kept(make_router: MakeRouter, store: MemoryStore) -> None:
    cache = ReplyCache(store, 3600)
    router = make_router("one", cache=cache)
    await answer(router, due_in(20, text=TEXT, question=FORM))
    await cache.settled()
    message = due_in(20, text=TEXT, question=FORM)
    message["emotion"]["crisis"] = True
    response = await answer(router, message)
    assert (response["source"], response["text"]) == ("SAFE", fixed_replies().safe["en"])
    assert store.asked == 1


async def test_while_no_provider_answers_an_old_reply_is_better_than_none(
    make_router: MakeRouter, test_provider: ProviderProcess, store: MemoryStore
) -> None:
    cache = ReplyCache(store, 0.0)
    router = make_router("one", cache=cache)
    first = await answer(router, due_in(20, text=TEXT, question=FORM))
    await cache.settled()
    test_provider.control(mode="fail", status=500)
    response = await answer(router, due_in(1.0, text=TEXT, question=FORM))
    assert (response["source"], response["text"]) == ("CACHE", first["text"])
    assert response["missing"] == ["providers"]
    assert response["tries"]


async def test_a_missing_store_is_said(make_router: MakeRouter, store: MemoryStore) -> None:
    store.away = True
    response = await answer(make_router("one", cache=ReplyCache(store, 3600)), due_in(20, text=TEXT, question=FORM))
    assert (response["source"], response["missing"]) == ("PROVIDER", ["reply_cache"])


async def test_the_reply_is_the_conversations_next_turn(make_router: MakeRouter, store: MemoryStore) -> None:
    cache = ReplyCache(store, 3600)
    router = make_router("one", cache=cache)
    await answer(router, due_in(20, text=TEXT, question=FORM))
    await cache.settled()
    state = ConversationState(last_turn=6)
    response = await answer(router, due_in(20, text=TEXT, question=FORM), state)
    assert (response["source"], response["turn"]) == ("CACHE", 7)


async def test_who_asks_again_at_once_is_not_told_the_same_words(
    make_router: MakeRouter, test_provider: ProviderProcess, store: MemoryStore
) -> None:
    cache = ReplyCache(store, 3600)
    router = make_router("one", cache=cache)
    first, state = await router.answer(due_in(20, text=TEXT, question=FORM), NEW, now_micros, repeated=False)
    await cache.settled()
    again = await answer(router, due_in(20, text=TEXT, question=FORM), state)
    assert (again["source"], again["cache"]) == ("PROVIDER", None)
    other = await answer(router, due_in(20, text=TEXT, question=FORM, learner_id="bob"))
    assert (other["source"], other["text"]) == ("CACHE", first["text"])
    test_provider.control(mode="fail", status=500)
    await cache.settled()
    store.kept = {key: value for key, value in store.kept.items() if "school/ada" not in key}
    alone = await answer(router, due_in(1.0, text=TEXT, question=FORM), state)
    assert (alone["source"], alone["text"], alone["missing"]) == ("CACHE", first["text"], ["providers"])


@pytest.mark.parametrize(("feedback", "source"), [(-0.7, "PROVIDER"), (1.0, "CACHE"), (None, "CACHE")])
async def test_others_are_not_given_what_was_no_help(
    make_router: MakeRouter, store: MemoryStore, feedback: float | None, source: str
) -> None:
    cache = ReplyCache(store, 3600)
    router = make_router("one", cache=cache)
    await answer(router, due_in(20, text=TEXT, question=FORM))
    await cache.settled()
    given = await answer(router, due_in(20, text=TEXT, question=FORM, learner_id="bob"))
    assert given["source"] == "CACHE"
    await cache.settled()
    components = {"cost": -1.0} if feedback is None else {"cost": 0.0, "feedback": feedback}
    await router.rewarded({**{name: given[name] for name in OF_A_REPLY}, "components": components})
    after = await answer(router, due_in(20, text=TEXT, question=FORM, learner_id="eve"))
    assert after["source"] == source

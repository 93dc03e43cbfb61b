from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from agents.context import question as questions
from agents.routing.cache.replies import MICROS, Hit, ReplyCache
from agents.routing.ledger import Turn
from agents.routing.prompt import render, terms
from config.prompts import tutor_template
from schemas.codec import Event
from tests.agents.questions import TURNED
from tests.agents.routing.cache.stores import MemoryStore
from tests.agents.routing.events import NOW, piece, scored

TEMPLATE = tutor_template()
HOUR = 3600
OTHER = str(uuid4())


def asked(text: str, facts: str = "f1", **changes: Any) -> Event:
    form = questions.question(text, "explain")
    assert form is not None
    row = {"frame": form.frame, "words": list(form.words), "vector": b"", "facts": facts}
    return scored(text, question=row, **changes)


async def keep(cache: ReplyCache, message: Event, text: str, at: int = NOW, turns: Sequence[Turn] = ()) -> None:
    prompt = render(message, turns, TEMPLATE)
    cache.keep(message, prompt, terms(message, TEMPLATE), text, "stop", at)
    await cache.settled()


async def find(cache: ReplyCache, message: Event, at: int = NOW) -> Hit | None:
    return await cache.find(message, terms(message, TEMPLATE), TEMPLATE.label, at)


@pytest.fixture
def cache() -> ReplyCache:
    return ReplyCache(MemoryStore(), HOUR)


PRIVATE = [piece("memory:1", "The learner said: I have a brother called Tomasz.")]


async def test_the_same_question_and_a_paraphrase_hit(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?"), "Two divisors.")
    exact = await find(cache, asked("What is a prime number?"), NOW + 5 * MICROS)
    assert exact is not None
    assert replace(exact, key="") == Hit("Two divisors.", "exact", "tenant", 5.0, True, "")
    near = await find(cache, asked("Can you explain what prime numbers are?"))
    assert near is not None and near.kind == "semantic"
    assert await find(cache, asked("What is a prime factor?")) is None
    assert cache.counts == {"kept:tenant": 1, "exact": 1, "semantic": 1, "miss": 1}


@pytest.mark.parametrize(("one", "other", "paraphrase"), TURNED)
async def test_what_stands_elsewhere_misses(cache: ReplyCache, one: str, other: str, paraphrase: str) -> None:
    await keep(cache, asked(one), "The first's.")
    assert await find(cache, asked(other)) is None
    await keep(cache, asked(other), "The other's.")
    for text in filter(None, (one, paraphrase)):
        hit = await find(cache, asked(text, learner_id="bob"))
        assert hit is not None and hit.text == "The first's."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Why is 2 a prime number?", "Why is 2 a prime?"),
        ("What is the capital of Korea?", "What is the capital of South Korea?"),
        ("Why do metals conduct electricity?", "Why do few metals conduct electricity?"),
        ("How do I find the slope of a line?", "How do I find the slope of a vertical line?"),
    ],
)
async def test_a_word_more_is_another_question(one: str, other: str) -> None:
    for kept, wanted in ((one, other), (other, one)):
        cache = ReplyCache(MemoryStore(), HOUR)
        await keep(cache, asked(kept), "The first's.")
        assert await find(cache, asked(wanted)) is None


async def test_what_was_kept_under_an_old_form_is_not_found(cache: ReplyCache) -> None:
    message = asked("What eats foxes?")
    old = message["question"] | {"frame": "define"}
    await keep(cache, message | {"question": old}, "Mice.")
    assert await find(cache, message) is None


async def test_a_reply_made_with_something_of_a_learner_is_theirs_alone(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?", pieces=PRIVATE), "Tomasz and you can't share 7 evenly.")
    assert await find(cache, asked("What is a prime number?", learner_id="bob")) is None
    assert await find(cache, asked("What is a prime number?", learner_id="bob", pieces=PRIVATE)) is None
    mine = await find(cache, asked("What is a prime number?"))
    assert mine is not None and mine.scope == "learner"


async def test_a_general_reply_stays_within_its_tenant(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?"), "Two divisors.")
    ours = await find(cache, asked("What is a prime number?", learner_id="bob"))
    assert ours is not None and ours.scope == "tenant"
    assert await find(cache, asked("What is a prime number?", tenant_id="other")) is None


async def test_changed_facts_make_a_learners_reply_void(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?", "before", pieces=PRIVATE), "Tomasz …")
    assert await find(cache, asked("What is a prime number?", "before")) is not None
    assert await find(cache, asked("What is a prime number?", "after")) is None


async def test_another_tone_or_depth_wants_another_reply(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?"), "Two divisors.")
    plain = scored()["plan"]
    assert await find(cache, asked("What is a prime number?", plan=plain | {"tone": "warm"})) is None


async def test_crisis_and_distress_are_never_answered_from_the_cache_nor_kept(cache: ReplyCache) -> None:
    message = asked("What is a prime number?")
    await keep(cache, message, "Two divisors.")
    crisis = message["emotion"] | {"crisis": True}
    for changes in ({"emotion": crisis}, {"plan": message["plan"] | {"acknowledge": True}}):
        assert await find(cache, asked("What is a prime number?", **changes)) is None
        await keep(cache, asked("What is a median?", **changes), "The middle.")
    assert await find(cache, asked("What is a median?")) is None
    assert cache.counts["personal"] == 2


async def test_a_message_without_a_form_does_not_even_ask_the_store() -> None:
    store = MemoryStore()
    cache = ReplyCache(store, HOUR)
    assert await find(cache, scored("And why is that?")) is None
    assert store.asked == 0


async def test_a_reply_that_was_cut_off_is_not_kept(cache: ReplyCache) -> None:
    message = asked("What is a prime number?")
    prompt = render(message, (), TEMPLATE)
    cache.keep(message, prompt, terms(message, TEMPLATE), "A prime number is", "length", NOW)
    await cache.settled()
    assert await find(cache, message) is None


async def test_an_old_reply_is_stale_and_a_newer_one_takes_its_place(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?"), "old")
    later = NOW + 2 * HOUR * MICROS
    stale = await find(cache, asked("What is a prime number?"), later)
    assert stale is not None and not stale.fresh
    await keep(cache, asked("explain prime numbers"), "new", later)
    fresh = await find(cache, asked("What is a prime number?"), later)
    assert fresh is not None and fresh.fresh and fresh.text == "new"


async def test_an_old_reply_of_the_learners_own_does_not_hide_a_newer_one_for_all(cache: ReplyCache) -> None:
    await keep(cache, asked("What is a prime number?", pieces=PRIVATE), "old, of Tomasz")
    later = NOW + 2 * HOUR * MICROS
    await keep(cache, asked("What is a prime number?", learner_id="bob"), "new", later)
    hit = await find(cache, asked("What is a prime number?"), later)
    assert hit is not None and (hit.text, hit.scope, hit.fresh) == ("new", "tenant", True)


async def give(cache: ReplyCache, message: Event) -> None:
    hit = await find(cache, message)
    assert hit is not None
    cache.given(message, hit)
    await cache.settled()


async def withdraw(cache: ReplyCache, message: Event) -> None:
    await cache.withdraw(message["tenant_id"], message["learner_id"], message["message_id"])


@pytest.mark.parametrize("pieces", [(), PRIVATE], ids=["general", "own"])
async def test_a_reply_that_was_no_help_is_not_given_again(cache: ReplyCache, pieces: Sequence[Event]) -> None:
    message = asked("What is a prime number?", pieces=list(pieces))
    await keep(cache, message, "Two divisors.")
    await withdraw(cache, message)
    assert await find(cache, message) is None
    await withdraw(cache, message)
    assert cache.counts["withdrawn"] == 1


async def test_whoever_was_given_it_may_say_that_it_was_no_help(cache: ReplyCache) -> None:
    first, others = asked("What is a prime number?"), asked("explain prime numbers", learner_id="bob", message_id=OTHER)
    await keep(cache, first, "Two divisors.")
    await give(cache, others)
    await withdraw(cache, others)
    assert await find(cache, first) is None


async def test_who_was_not_given_a_reply_takes_none_away(cache: ReplyCache) -> None:
    message = asked("What is a prime number?")
    await keep(cache, message, "Two divisors.")
    await keep(cache, asked("What is a median?", message_id=OTHER), "The middle.")
    for changes in ({"learner_id": "bob"}, {"tenant_id": "other"}, {"message_id": OTHER}):
        await withdraw(cache, message | changes)
    assert await find(cache, message) is not None
    assert await find(cache, asked("What is a median?")) is None


async def test_what_can_not_be_read_is_no_hit() -> None:
    store = MemoryStore()
    cache = ReplyCache(store, HOUR)
    await keep(cache, asked("What is a prime number?"), "Two divisors.")
    for key in store.kept:
        store.kept[key] = b"\xff"
    assert await find(cache, asked("What is a prime number?")) is None


async def test_no_learner_ever_gets_what_was_made_for_another(cache: ReplyCache) -> None:
    learners = ["ada", "ada/2", "ada:text", "bob", "school", "a", "ada "]
    texts = ["What is a prime number?", "explain prime numbers", "what are prime numbers"]
    for tenant in ("school", "school2", "school:ada"):
        for learner in learners:
            for text in texts:
                message = asked(text, tenant_id=tenant, learner_id=learner, pieces=PRIVATE)
                hit = await find(cache, message)
                assert hit is None or hit.text == f"{tenant}|{learner}"
                await keep(cache, message, f"{tenant}|{learner}")

"""What is known of an answer that another choice would have given, and what is not."""

from dataclasses import replace
from typing import Any

import pytest

from cli.what_if.changes import unchanged
from cli.what_if.compare import settled
from cli.what_if.program import Program, providers_of
from cli.what_if.stages.routing import Facts, Replies, Routed, RoutingLearner, RoutingStage
from config.prompts import fixed_replies
from config.providers import Budgets, ProviderEntry
from config.settings import Settings
from schemas.codec import Event
from tests.cli.samples import sample

PRICES = {"alpha": (1.0, 2.0), "beta": (3.0, 4.0)}
ENTRIES = [
    ProviderEntry.model_validate(
        {
            "name": name,
            "model": f"openai/{name}",
            "key_required": False,
            "context_tokens": 8192,
            "price": {"input": prices[0], "output": prices[1]},
        }
    )
    for name, prices in PRICES.items()
]
PROGRAM = Program(Settings(), providers_of(ENTRIES, {}))


def scored(number: int = 1) -> Event:
    event = settled("ScoredMessage", sample("ScoredMessage"))
    event["emotion"]["crisis"] = False
    ids = dict.fromkeys(("event_id", "message_id"), f"00000000-0000-4000-8000-{number:012}")
    return {**event, **ids, "pieces": [], "missing": [], "token_budget": 1500, "turns_through": number - 1}


def tried(provider: str, outcome: str, ms: float) -> dict[str, Any]:
    error = None if outcome == "ok" else "it did not answer"
    return {"provider": provider, "model": f"openai/{provider}", "outcome": outcome, "error": error, "elapsed_ms": ms}


def recorded(was: Event, *tries: dict[str, Any], order: tuple[str, ...] = ("alpha", "beta"), **more: Any) -> Event:
    """What the record holds of a message that the last of `tries` answered."""
    answered = tries[-1]["outcome"] == "ok"
    name = tries[-1]["provider"] if answered else "offline"
    tokens = (100, 20) if answered else (0, 0)
    response = {
        **sample("TutorResponse"),
        **{field: was[field] for field in ("message_id", "task", "concepts", "emotion", "plan", "appended_at")},
        "text": f"{name}'s answer",
        "source": "PROVIDER" if answered else "OFFLINE",
        "provider": name,
        "model": f"openai/{name}" if answered else "",
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "cost_usd": sum(p * t for p, t in zip(PRICES.get(name, (0, 0)), tokens, strict=True)) / 1e6,
        "lost_usd": 0.0,
        "provider_ms": sum(one["elapsed_ms"] for one in tries),
        "tries": list(tries),
        "template_version": "tutor/2",
        "prompt_budget": was["token_budget"],
        "missing": [] if answered else ["providers"],
        "cache": None,
        "repeated_call": False,
        "decision": {
            "policy": "declared-order/1",
            "features": {},
            "candidates": [
                {
                    "provider": one,
                    "score": 0.0,
                    "propensity": float(place == 0),
                    "reason": "declared order, takes calls",
                }
                for place, one in enumerate(order)
            ],
            "propensity": 1.0,
        },
    }
    return settled("TutorResponse", {**response, **more})


def replayed(response: Event, program: Program, before: Routed | None, replies: Replies) -> Routed:
    was = scored()
    facts: Facts | None = before.facts if before is not None else None
    return RoutingStage(program, replies).routed(RoutingLearner(), was, was, response, was["appended_at"], facts)


def both(response: Event, program: Program) -> tuple[Routed, Routed]:
    """The response with nothing changed, and as `program` has it."""
    replies = Replies()
    before = replayed(response, PROGRAM, None, replies)
    return before, replayed(response, program, before, replies)


FELL_BACK = recorded(scored(), tried("alpha", "timeout", 900.0), tried("beta", "ok", 100.0))


def test_with_nothing_changed_it_is_the_recorded_answer() -> None:
    before, after = both(FELL_BACK, PROGRAM)
    for routed in (before, after):
        assert routed.unknown is None
        assert (routed.shown["text"], routed.ms) == ("beta's answer", 1000.0)
        assert routed.cost_usd == FELL_BACK["cost_usd"]


def test_what_failed_calls_cost_is_counted_where_they_are_made() -> None:
    cost = {**FELL_BACK, "lost_usd": 0.5}
    first = replace(PROGRAM, providers=providers_of(reversed(ENTRIES), {}))
    alone = replace(PROGRAM, without=frozenset({"beta"}))
    for program, lost, paid in (
        (PROGRAM, 0.5, 0.5 + cost["cost_usd"]),
        (first, 0.0, cost["cost_usd"]),
        (alone, 0.5, 0.5),
    ):
        _, after = both(cost, program)
        assert (after.shown["lost_usd"], after.cost_usd) == (lost, paid)


def test_the_provider_that_answered_put_first_answers_without_the_wait() -> None:
    order = replace(PROGRAM, providers=providers_of(reversed(ENTRIES), {}))
    _, after = both(FELL_BACK, order)
    assert after.unknown is None
    assert (after.shown["text"], after.ms) == ("beta's answer", 100.0)
    assert [one["provider"] for one in after.shown["tries"]] == ["beta"]


def test_who_was_never_asked_is_not_known_and_its_cost_is_estimated() -> None:
    response = recorded(scored(), tried("alpha", "ok", 100.0))
    order = replace(PROGRAM, providers=providers_of(reversed(ENTRIES), {}))
    before, after = both(response, order)
    assert (after.unknown, after.ms, after.shown["text"]) == ("beta", None, "")
    assert after.shown["missing"] == ["answer"]
    assert after.carried["text"] == "alpha's answer"
    # As many tokens as alpha counted and wrote, at beta's price.
    assert after.cost_usd == pytest.approx((100 * 3 + 20 * 4) / 1e6)
    assert before.cost_usd == pytest.approx((100 * 1 + 20 * 2) / 1e6)


def test_where_all_that_are_left_have_failed_the_reply_is_the_offline_one() -> None:
    _, after = both(FELL_BACK, replace(PROGRAM, without=frozenset({"beta"})))
    assert after.unknown is None
    assert after.shown["source"] == "OFFLINE"
    assert after.shown["text"] == fixed_replies().offline["en"]
    assert (after.ms, after.cost_usd) == (900.0, 0.0)
    assert "providers" in after.shown["missing"]


def test_the_same_prompt_elsewhere_tells_what_a_provider_says_to_it() -> None:
    replies = Replies()
    by_beta = recorded(scored(), tried("beta", "ok", 70.0), order=("beta", "alpha"))
    replayed(by_beta, PROGRAM, None, replies)
    by_alpha = recorded(scored(), tried("alpha", "ok", 30.0))
    before = replayed(by_alpha, PROGRAM, None, replies)
    after = replayed(by_alpha, replace(PROGRAM, without=frozenset({"alpha"})), before, replies)
    assert after.unknown is None
    assert (after.shown["text"], after.ms) == ("beta's answer", 70.0)
    assert after.cost_usd == by_beta["cost_usd"]


def test_a_price_changes_the_cost_alone() -> None:
    dear = [ENTRIES[0], ENTRIES[1].model_copy(update={"price": ENTRIES[1].price.model_copy(update={"input": 30.0})})]
    before, after = both(FELL_BACK, replace(PROGRAM, providers=providers_of(dear, {})))
    assert after.cost_usd == pytest.approx((100 * 30 + 20 * 4) / 1e6)
    assert {**after.shown, "cost_usd": 0} == {**before.shown, "cost_usd": 0}


def test_beyond_a_budget_only_the_cheapest_is_asked() -> None:
    program = replace(PROGRAM, providers=providers_of(reversed(ENTRIES), {}), budgets=Budgets(learner_day_usd=1e-6))
    replies, learner, same_learner = Replies(), RoutingLearner(), RoutingLearner()
    stage, unchanged_stage = RoutingStage(program, replies), RoutingStage(PROGRAM, replies)
    found = []
    for number in (1, 2):
        was = scored(number)
        at = was["appended_at"]
        response = recorded(was, tried("alpha", "ok", 100.0), sent_at=was["sent_at"])
        before = unchanged_stage.routed(same_learner, was, was, response, at, None)
        found.append(stage.routed(learner, was, was, response, at, before.facts))
    assert [one.unknown for one in found] == ["beta", None]
    assert "budget" not in found[0].shown["missing"]
    assert "budget" in found[1].shown["missing"]
    assert found[1].facts.order == ("alpha",)


def test_a_crisis_gets_the_fixed_words_whoever_is_asked_otherwise() -> None:
    was = scored()
    replies = Replies()
    before = replayed(FELL_BACK, PROGRAM, None, replies)
    alarmed = {**was, "emotion": {**was["emotion"], "crisis": True}}
    after = RoutingStage(PROGRAM, replies).routed(
        RoutingLearner(), alarmed, was, FELL_BACK, was["appended_at"], before.facts
    )
    assert after.unknown is None
    assert (after.shown["source"], after.shown["text"]) == ("SAFE", fixed_replies().safe["en"])
    assert after.cost_usd == 0.0


def test_a_provider_that_is_not_declared_is_named() -> None:
    with pytest.raises(LookupError, match="beta"):
        replayed(FELL_BACK, replace(PROGRAM, providers=providers_of(ENTRIES[:1], {})), None, Replies())


def test_the_live_program_knows_every_declared_provider() -> None:
    assert {"groq", "gemini", "emergent", "local"} <= unchanged(Settings(), {}).providers.keys()

"""Who answered, and whose calls failed before."""

from typing import Any

from cli.demo.seen.providers import KEPT, Providers
from schemas.topics import RESPONSES, SCORED
from tests.cli.demo.records import seen


def tried(provider: str, outcome: str) -> dict[str, Any]:
    return {"provider": provider, "model": "m", "outcome": outcome, "error": None, "elapsed_ms": 1.0}


def test_replies_times_and_cost_add_up() -> None:
    providers = Providers()
    for wait in (100.0, 300.0, 200.0):
        providers.note(seen(RESPONSES, provider="a", provider_ms=wait, cost_usd=0.5, tries=[tried("a", "ok")]))
    answers = providers.by_name["a"]
    assert (answers.replies, answers.failed, answers.cost_usd) == (3, 0, 1.5)
    assert (answers.p50_ms, answers.p99_ms) == (200.0, 300.0)


def test_a_failed_call_counts_where_it_was_made() -> None:
    providers = Providers()
    providers.note(seen(RESPONSES, provider="b", tries=[tried("a", "timeout"), tried("b", "ok")]))
    assert (providers.by_name["a"].replies, providers.by_name["a"].failed) == (0, 1)
    assert (providers.by_name["b"].replies, providers.by_name["b"].failed) == (1, 0)


def test_what_was_not_called_or_not_waited_for_has_not_failed() -> None:
    providers = Providers()
    tries = [tried("a", "open"), tried("b", "skipped"), tried("d", "ok"), tried("c", "cancelled")]
    providers.note(seen(RESPONSES, provider="d", tries=tries))
    assert {name: answers.failed for name, answers in providers.by_name.items()} == {"d": 0}


def test_other_records_are_none_and_waits_are_bounded() -> None:
    providers = Providers()
    providers.note(seen(SCORED))
    assert not providers.by_name
    for _ in range(KEPT + 50):
        providers.note(seen(RESPONSES, provider="a", tries=[]))
    assert len(providers.by_name["a"].waits_ms) == KEPT

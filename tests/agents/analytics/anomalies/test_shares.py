"""What a window says of each watched metric."""

from math import exp

import pytest

from agents.analytics.anomalies.shares import ERRORS, LATENCY, WRONG, shares
from tests.agents.analytics.anomalies.windows import calls, window


def test_calls_belong_to_their_provider_and_tenant() -> None:
    [share] = shares(calls(0, "groq", 10, 3))
    assert (share.metric, share.n, share.total) == (ERRORS, 10.0, 3.0)
    assert share.values == (("provider", "groq"), ("tenant", "north"))


def test_what_was_not_called_is_no_call() -> None:
    assert list(shares(window(0, "provider", "groq", {"calls": 0, "not_called_open": 4}))) == []
    [share] = shares(window(0, "provider", "groq", {"calls": 2, "calls_ok": 1, "not_called_skipped": 2}))
    assert (share.n, share.total) == (2.0, 1.0)


def test_nor_is_what_an_older_worker_counted_among_the_calls() -> None:
    assert list(shares(window(0, "provider", "groq", {"calls": 6, "calls_open": 2, "calls_skipped": 4}))) == []
    assert list(shares(window(0, "provider", "groq", {"calls": 4, "calls_skipped": 4}))) == []
    [share] = shares(window(0, "provider", "groq", {"calls": 4, "calls_skipped": 2, "calls_ok": 1}))
    assert (share.n, share.total) == (2.0, 1.0)


def test_a_version_s_calls_do_not_count_for_the_tenant_again() -> None:
    [share] = shares(window(0, "version", "tutor-1", {"calls": 2, "calls_ok": 2}))
    assert share.values == (("version", "tutor-1"),)


def test_latency_is_read_from_the_sketch() -> None:
    found = {one.metric: one for one in shares(window(0, "provider", "groq", {}, ms=(100.0, 100.0, 400.0)))}
    assert found[LATENCY].n == 3.0
    assert exp(found[LATENCY].total / 3.0) == pytest.approx(158.7, rel=0.03)


def test_wrong_answers_belong_to_the_concept() -> None:
    [share] = shares(window(0, "concept", "fractions", {"attempts": 5, "correct": 4}))
    assert (share.metric, share.n, share.total, share.values) == (WRONG, 5.0, 1.0, (("concept", "fractions"),))
    assert share.tenant == "north", "a concept is its tenant's, calls are the whole system's"


def test_updates_other_lengths_and_other_kinds_say_nothing() -> None:
    assert list(shares(window(0, "provider", "groq", {"calls": 4}, final=False))) == []
    assert list(shares(window(0, "course", "maths", {"attempts": 4}))) == []
    assert list(shares(calls(0, "groq", 10, 3) | {"window_s": 900})) == []

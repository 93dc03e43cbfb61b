"""What a TutorResponse's tries say. Windows, views, dashboards and traces count the same ones as calls."""

from collections.abc import Sequence
from typing import Any

NOT_CALLED = frozenset({"open", "skipped"})
"""Outcomes of a provider that no request was sent to: its breaker was open, or it was left out."""

GIVEN_UP = "cancelled"
"""Outcome of a request whose provider was not waited for, as another was quicker."""

NOT_FAILED = ("ok", GIVEN_UP)
"""Outcomes of a request that has not failed, also as SQL writes them."""


def called(tried: dict[str, Any]) -> bool:
    """Whether a request was sent to the provider."""
    return tried["outcome"] not in NOT_CALLED


def failed(tried: dict[str, Any]) -> bool:
    """Whether a request was sent and came to nothing. One that was given up, as another provider was quicker, is not
    known to: a healthy provider that is asked second, where the first may be slow, mostly ends so."""
    return called(tried) and tried["outcome"] not in NOT_FAILED


def all_withheld(tries: Sequence[dict[str, Any]]) -> bool:
    """Whether providers were asked, and each call that came to its end had its answer held back."""
    ends = {tried["outcome"] for tried in tries if called(tried)} - {GIVEN_UP}
    return ends == {"withheld"}

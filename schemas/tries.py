"""What a TutorResponse's tries say. Windows, views, dashboards and traces count the same ones as calls."""

from collections.abc import Sequence
from typing import Any

NOT_CALLED = frozenset({"open", "skipped"})
"""Outcomes of a provider that no request was sent to: its breaker was open, or it was left out."""


def called(tried: dict[str, Any]) -> bool:
    """Whether a request was sent to the provider."""
    return tried["outcome"] not in NOT_CALLED


def all_withheld(tries: Sequence[dict[str, Any]]) -> bool:
    """Whether providers were asked, and each call ended with its answer held back."""
    ends = {tried["outcome"] for tried in tries if called(tried)}
    return ends == {"withheld"}

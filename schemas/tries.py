"""Which of a TutorResponse's tries are calls: windows, views, dashboards and traces count the same ones."""

from typing import Any

NOT_CALLED = frozenset({"open", "skipped"})
"""Outcomes of a provider that no request was sent to: its breaker was open, or it was left out."""


def called(tried: dict[str, Any]) -> bool:
    """Whether a request was sent to the provider."""
    return tried["outcome"] not in NOT_CALLED

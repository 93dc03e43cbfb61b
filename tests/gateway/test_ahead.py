from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.ahead import signs

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALM: dict[str, Any] = {
    "as_of": (NOW - timedelta(hours=1)).isoformat(),
    "fadings": 0,
    "attempts": 10,
    "correct": 9,
    "wheels_spun": 0,
    "rapid_share": 0.0,
    "help_abuses": 0,
    "emotion_baseline": {"frustrated": 0.1, "engaged": 0.9},
}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, []),
        ({"as_of": (NOW - timedelta(days=4)).isoformat()}, ["nothing for 4 days"]),
        ({"as_of": "2026-02-26T12:00:00"}, ["nothing for 4 days"]),
        ({"correct": 2}, ["20 % of 10 answers right"]),
        ({"attempts": 4, "correct": 0}, []),
        ({"fadings": 1, "wheels_spun": 2}, ["came ever more seldom, once", "ten attempts without mastery, 2 times"]),
        ({"rapid_share": 0.25}, ["25 % of the answers too quick to have been thought about"]),
        ({"help_abuses": 3}, ["hints clicked through, 3 times"]),
        ({"emotion_baseline": {"bored": 0.4, "frustrated": 0.5}}, ["often frustrated"]),
    ],
)
def test_what_else_is_known_of_a_learner_at_risk(known: dict[str, Any], said: list[str]) -> None:
    assert signs({**CALM, **known}, NOW) == said

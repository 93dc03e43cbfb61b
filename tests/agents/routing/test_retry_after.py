from datetime import UTC, datetime

import pytest

from agents.routing import retry_after


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("3", 3.0),
        ("0.25", 0.25),
        ("-1", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 12:00:07 +99999999999999", None),
    ],
)
def test_seconds(value: str | None, wait: float | None) -> None:
    assert retry_after.seconds(value) == wait


def test_date() -> None:
    now = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    assert retry_after.seconds("Thu, 01 Jan 2026 12:00:07 GMT", now) == 7.0
    assert retry_after.seconds("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0.0

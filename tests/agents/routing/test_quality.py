import pytest

from agents.routing import quality


@pytest.mark.parametrize(
    "text",
    [
        "The median is the middle value.",
        "4",
        "x² + y² = r²",
        "$\\frac{1}{2}$",
        "中位数是中间的值。",
        "Very good, very good! " * 3,
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "See: https://example.org/" + "a1b2c3d4" * 20,
    ],
)
def test_replies_that_may_be_sent(text: str) -> None:
    assert quality.problem(text, "stop") is None


@pytest.mark.parametrize(
    ("text", "finish_reason", "words"),
    [
        ("", "stop", "empty"),
        (" \n\t ", "stop", "empty"),
        ("\ufffd\ufffd\x00\x01ab", "stop", "not printable"),
        ("... --- !!!", "stop", "neither letters nor digits"),
        ("the the " * 200, "stop", "over and over"),
        ("A fine answer", "content_filter", "withheld"),
    ],
)
def test_replies_that_may_not(text: str, finish_reason: str, words: str) -> None:
    assert words in (quality.problem(text, finish_reason) or "")


def test_reply_that_ran_into_its_limit_is_kept() -> None:
    assert quality.problem("The median is the mid", "length") is None

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
        "42",
        # Spaces that do not break, as French and many models set them in numbers; the wide space of Japanese.
        "12\u202f345\u00a0€",
        "42\u00a0%",
        "はい。\u300042です。",
        # Marks that join or part letters in Persian, Sinhala and emoji, and those that turn the direction.
        "می\u200cشود ۴۲",
        "ශ්\u200dරී",
        "👩\u200d💻",
        "\u200f42\u200f",
        # Signs that are the answer.
        "∞",
        "<",
        "∅",
        "√",
        "👍",
    ],
)
def test_replies_that_may_be_sent(text: str) -> None:
    assert quality.problem(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\ufffd\ufffd\x00\x01ab", "not printable"),
        ("\ue000\ue001\U000e0fff a", "not printable"),
        ("... --- !!!", "neither letters, digits nor symbols"),
        ("\u200b\u200b\u2061", "neither letters, digits nor symbols"),
        ("the the " * 200, "over and over"),
    ],
)
def test_replies_that_may_not(text: str, words: str) -> None:
    assert words in (quality.problem(text) or "")


def test_reply_that_ran_into_its_limit_is_kept() -> None:
    assert quality.problem("The median is the mid") is None
    assert not quality.withheld("length")


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "recitation"])
def test_reasons_that_a_reply_is_held_back_for(reason: str) -> None:
    assert quality.withheld(reason)

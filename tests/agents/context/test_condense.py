from hypothesis import given
from hypothesis import strategies as st

from agents.context.condense import clip, condense, sentences

LONG = (
    "Well, that is a nice way of looking at it and I like where this is going so far. "
    "You got 17 out of 24 on the quiz with Priya. "
    "There are many ways in which one could go about things in general. "
    "Could you tell me why the denominator stays the same? "
    "It is always good to think about such things for a while. "
    "Tomorrow we will do the unit circle."
)


def test_keeps_numbers_names_questions_and_promises_first() -> None:
    short = condense(LONG, 190)
    assert len(short) <= 190
    assert "17 out of 24 on the quiz with Priya" in short
    assert "why the denominator stays the same?" in short
    assert "Tomorrow we will" in short
    assert "in general" not in short


def test_leaves_short_text_alone() -> None:
    assert condense("Short enough.", 100) == "Short enough."
    assert clip("Short enough.", 100) == "Short enough."


def test_one_endless_sentence_is_clipped() -> None:
    short = condense("word " * 200, 100)
    assert 50 < len(short) <= 100


@given(st.text(max_size=2000), st.integers(min_value=20, max_value=300))
def test_never_exceeds_its_room(text: str, chars: int) -> None:
    assert len(condense(text, chars)) <= chars
    assert len(clip(text, chars)) <= chars


def test_a_sentence_ends_at_a_sign_before_a_space_and_loses_nothing() -> None:
    assert sentences("I scored 3.5 on the test. My dog is Rex.") == ["I scored 3.5 on the test.", "My dog is Rex."]
    assert sentences("Look at www.example.com?\nwait...what! I see") == [
        "Look at www.example.com?",
        "wait...what!",
        "I see",
    ]
    assert sentences("Mr. Brown, Dr. White and I. Yes") == ["Mr. Brown, Dr. White and I.", "Yes"]


@given(st.text("aB3.!?\n ", max_size=60))
def test_no_sign_of_a_text_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())

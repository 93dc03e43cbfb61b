from hypothesis import given
from hypothesis import strategies as st

from agents.emotion.normalise import HEAD_CHARS, TAIL_CHARS, normalise


def test_emoji_become_their_names_once_a_run() -> None:
    assert normalise("nice 😂😂😂") == "nice face with tears of joy"


def test_skin_tones_and_variation_selectors_go() -> None:
    assert normalise("👍🏽 ❤️") == "thumbs up sign heavy black heart"


def test_control_characters_and_lone_surrogates_become_spaces() -> None:
    assert normalise("a\x00b\ud800c\r\n\te") == "a b c e"


def test_invisible_characters_vanish() -> None:
    assert normalise("wo\u200brd \u202esoft\xadly") == "word softly"


def test_typographic_quotes_become_plain() -> None:
    assert normalise("I don\u2019t \u201cget\u201d it\u2026") == 'I don\'t "get" it...'


def test_stretched_words_and_marks_are_shortened() -> None:
    assert normalise("soooooo boring!!!!!!!!") == "so boring!!!"
    assert normalise("feel") == "feel"


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    short = normalise("first " + "x y " * 40_000 + "last")
    assert short.startswith("first ")
    assert short.endswith(" last")
    assert len(short) <= HEAD_CHARS + TAIL_CHARS + 1


@given(st.text(st.characters(), max_size=200))
def test_never_raises_and_settles(text: str) -> None:
    once = normalise(text)
    assert once.encode("utf-8").decode("utf-8") == once
    assert "\n" not in once

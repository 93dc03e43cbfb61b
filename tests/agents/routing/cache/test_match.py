import numpy as np

from agents.routing.cache.entry import Entry
from agents.routing.cache.match import LEAST_LIKENESS, exact, similarity

NEAR = np.array([100, 20], np.int8).tobytes()
FAR = np.array([20, 100], np.int8).tobytes()


def entry(*words: str, vector: bytes = NEAR) -> Entry:
    return Entry(words, vector, 0, "")


def test_the_same_words_need_no_vector() -> None:
    assert similarity(["prime", "number"], b"", entry("prime", "number", vector=FAR)) == 1.0


def test_one_word_more_needs_near_vectors() -> None:
    assert LEAST_LIKENESS <= similarity(["prime"], NEAR, entry("number", "prime")) <= 1.0
    assert LEAST_LIKENESS <= similarity(["number", "prime"], NEAR, entry("prime")) <= 1.0
    assert similarity(["prime"], FAR, entry("number", "prime")) == 0.0
    assert similarity(["prime"], b"", entry("number", "prime")) == 0.0


def test_a_word_in_place_of_another_is_another_question_however_near() -> None:
    assert similarity(["mean", "set"], NEAR, entry("median", "set")) == 0.0


def test_two_words_more_are_too_many() -> None:
    assert similarity(["prime"], NEAR, entry("number", "prime", "twin")) == 0.0


def test_the_order_of_the_common_words_counts() -> None:
    assert similarity(["square", "rectangle"], NEAR, entry("rectangle", "square", "side")) == 0.0


def test_short_words_and_what_relates_others_are_never_left_out_and_nothing_is_beside_a_sign() -> None:
    assert exact(["convert", "mole", ":to", "gram"]) == [":to"]
    assert exact(["product", "ab", "right-angled"]) == ["ab", "right-angled"]
    for words in (["half", ":of", "20"], ["derivative", ":of", "x"], ["factor", "(", "ab", ")"]):
        assert exact(words) == words

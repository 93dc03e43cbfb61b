"""What a question means says who does well on it, also where no word is the same."""

import numpy as np

from benchmarks.routing.meaning import by_meaning, meanings

EASY = ("What colour is the sky?", "Name a fruit that is yellow.", "How many legs has a dog?")
HARD = ("Integrate the square of the sine.", "Prove that the series converges.", "Solve the differential equation.")


def test_a_question_is_taken_for_what_is_like_it() -> None:
    quality = np.array([[1.0, 1.0]] * 3 + [[0.0, 1.0]] * 3)
    asked = meanings(("Which animal barks?", "Find the limit of this sequence."))
    easy, hard = by_meaning(meanings(EASY + HARD), quality, asked)
    assert easy[0] > hard[0]
    assert np.allclose([easy[1], hard[1]], 1.0)


def test_each_prompt_has_its_own_row_whatever_the_order_they_were_read_in() -> None:
    together = meanings((*EASY, *HARD))
    assert together.shape == (6, 384)
    assert np.array_equal(meanings(HARD), together[3:])

from collections.abc import Sequence

import numpy as np
import pytest

from agents.context.encoder import WIDTH, Rationed, Vectors, default, unrationed


def test_sentences_of_like_meaning_are_near() -> None:
    encoder = unrationed()
    vectors = encoder.encode(["I like football", "soccer is my favourite sport", "the cat sat on the mat"])
    assert vectors.shape == (3, WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > 0.3 > vectors[0] @ vectors[2]


def test_a_sentence_has_the_same_vector_alone_and_beside_a_longer_one() -> None:
    encoder = unrationed()
    alone = encoder.encode(["what is a slope"])
    beside = encoder.encode(["what is a slope", "a much longer sentence about something else altogether " * 3])
    assert alone[0] @ beside[0] > 0.99


def test_no_sentences_no_vectors() -> None:
    assert unrationed().encode([]).shape == (0, WIDTH)


def test_the_one_that_comes_with_the_package_is_loaded_once() -> None:
    assert default() is default() is not None


class Slow:
    def __init__(self) -> None:
        self.now = 0.0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.now += 0.1
        return np.zeros((len(texts), WIDTH), np.float32)


def test_declines_once_it_has_had_its_share_of_the_time() -> None:
    slow = Slow()
    encoder = Rationed(slow, share=0.1, burst=0.15, clock=lambda: slow.now)
    assert encoder.encode(["a"]) is not None
    assert encoder.encode(["a"]) is not None
    assert encoder.encode(["a"]) is None
    slow.now += 0.7
    assert encoder.encode(["a"]) is not None
    assert encoder.encode(["a"]) is None

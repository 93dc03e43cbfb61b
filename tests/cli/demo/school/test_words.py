"""What learners write names what they write about."""

from random import Random

from cli.demo.school import words

OCCASIONS = {"frustration", "confusion", "boredom", "nerves", "right", "wrong", "shown"}


def test_there_are_words_for_each_occasion() -> None:
    assert set(words.phrases()) == OCCASIONS
    assert all(len(sentences) >= 2 for sentences in words.phrases().values())


def test_placeholders_are_filled() -> None:
    for occasion in OCCASIONS:
        for seed in range(40):
            text = words.write(occasion, Random(seed), concept="ratio", question="1 : 2?", answer="3")
            assert "{" not in text and text.strip()


def test_nobody_says_the_same_twice_in_a_row() -> None:
    draw, last = Random(1), ""
    for _ in range(50):
        text = words.write("boredom", draw, concept="ratio", question="1 : 2?", answer="3", last=last)
        assert text != last
        last = text

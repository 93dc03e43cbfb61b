"""Wrong answers are wrong."""

from random import Random

import pytest

from cli.demo.school import answers
from config import curriculum
from config.curriculum import Item


@pytest.mark.parametrize("item", curriculum.load().items.values(), ids=lambda item: item.id)
def test_no_wrong_answer_is_an_accepted_one(item: Item) -> None:
    found = {answers.wrong(item, Random(seed)) for seed in range(50)}
    assert not any(item.is_right(answer) for answer in found)
    assert len(found) > 1


def test_an_answer_without_a_number_is_left_open() -> None:
    assert answers.wrong(Item("w", "words", "Which?", "the second"), Random(1)) == "?"

"""The margin between the local count and a provider's."""

import random

import pytest

from agents.routing.margin import Margin


def after(*ratios: float) -> Margin:
    margin = Margin()
    for ratio in ratios:
        margin.counted(1000, round(1000 * ratio))
    return margin


def test_without_a_count_the_estimate_is_the_count() -> None:
    assert Margin().budget(1500) == 1500


def test_one_odd_count_moves_little_and_a_hundred_all() -> None:
    assert 1200 < after(1.4).budget(1500) < 1500
    assert after(*[1.4] * 1000).budget(1400) == pytest.approx(1000, rel=0.02)


def test_fewer_tokens_than_estimated_add_nothing() -> None:
    assert after(*[0.7] * 200).budget(1500) == 1500


@pytest.mark.parametrize(("estimated", "reported"), [(0, 10), (10, 0), (1000, 100), (100, 1000)])
def test_what_cannot_be_a_count_of_it_teaches_nothing(estimated: int, reported: int) -> None:
    margin = Margin()
    for _ in range(50):
        margin.counted(estimated, reported)
    assert margin.ratio == 1.0


def test_nearly_all_prompts_stay_below_the_budget() -> None:
    random_ = random.Random(4)
    margin = Margin()
    for _ in range(400):
        margin.counted(1000, round(1000 * random_.lognormvariate(0.2, 0.08)))
    may = margin.budget(1000)
    over = sum(may * random_.lognormvariate(0.2, 0.08) > 1000 for _ in range(4000))
    assert over / 4000 < 0.06


def test_a_provider_that_changes_its_tokenizer_is_followed() -> None:
    assert after(*[1.5] * 300, *[0.8] * 600).budget(1500) == 1500

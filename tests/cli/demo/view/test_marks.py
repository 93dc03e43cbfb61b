"""Bars, lines of blocks, milliseconds."""

import pytest

from cli.demo.view.marks import bar, ms, spark


@pytest.mark.parametrize("share", [-1.0, 0.0, 0.01, 0.5, 0.999, 1.0, 2.0])
def test_a_bar_is_always_as_wide_as_told(share: float) -> None:
    assert len(bar(share, 12)) == 12


def test_a_bar_grows_with_its_share() -> None:
    assert bar(0.0, 4) == "    " and bar(1.0, 4) == "████" and bar(0.5, 4) == "██  "


def test_the_last_values_are_drawn() -> None:
    assert spark([0.0, 1.0, 0.0, 0.5], 3) == "█▁▅"
    assert spark([], 5) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.04, "0.0 ms"), (9.94, "9.9 ms"), (214.4, "214 ms"), (12_340.0, "12.3 s")]
)
def test_milliseconds_are_as_precise_as_is_of_use(value: float | None, text: str) -> None:
    assert ms(value) == text

import pytest

from config.mastery import BANDS, UNKNOWN, band, mean


@pytest.mark.parametrize(
    ("mastery", "expected"), [(0.0, "low"), (0.44, "low"), (UNKNOWN, "middle"), (0.7, "high"), (1.0, "high")]
)
def test_band(mastery: float, expected: str) -> None:
    assert band(mastery) == expected
    assert expected in BANDS


def test_mean_of_nothing_known() -> None:
    assert mean(()) == UNKNOWN
    assert mean([0.25, 0.75]) == 0.5

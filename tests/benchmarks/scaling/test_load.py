from pathlib import Path

import pytest

from benchmarks.scaling.load import forecasts, recorded, scaled
from tests.cli.conftest import cloze_file

__all__ = ["cloze_file"]


def test_recorded_attempts_are_counted_by_the_minute(cloze_file: Path) -> None:
    counts = recorded(cloze_file.parents[1])
    # 30 trials of five students, nine seconds apart; those that only showed the answer are no attempts.
    assert sum(counts) == 125
    assert len(counts) == 5
    assert min(counts) > 0


def test_scaling_up_keeps_the_shape_and_sets_the_busiest_minute() -> None:
    counts = [0.0] * 200
    counts[100] = 6.0
    minutes = scaled(counts, 50.0)
    assert max(minutes) == minutes[100] == pytest.approx(3000.0)
    assert minutes[90] == pytest.approx(minutes[110]) == pytest.approx(3000.0 * 0.6065, rel=1e-3)
    assert minutes[10] == 0.0
    assert len(minutes) == 200


def test_a_forecast_knows_nothing_of_its_own_minute() -> None:
    minutes = [60.0] * 600
    before = forecasts(minutes, "expected")
    assert before[:60] == [None] * 60
    assert before[300] == pytest.approx(1.0, rel=0.05)
    minutes[500:] = [6000.0] * 100
    after = forecasts(minutes, "expected")
    assert after[:501] == before[:501]
    told = after[510]
    assert told is not None and before[510] is not None
    assert told > 2 * before[510]

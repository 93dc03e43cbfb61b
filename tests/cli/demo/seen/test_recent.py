"""A window over the last seconds."""

from cli.demo.seen.recent import Recent


def test_rate_counts_the_window_only() -> None:
    recent = Recent(10.0)
    for second in range(20):
        recent.note(float(second))
    assert recent.rate(20.0) == 1.0
    assert recent.rate(29.5) == 0.0


def test_a_young_window_is_not_diluted() -> None:
    recent = Recent(10.0)
    for _ in range(6):
        recent.note(0.0)
    assert recent.rate(2.0) == 3.0
    assert Recent(10.0).rate(5.0) == 0.0


def test_percentiles_forget_too() -> None:
    recent = Recent(10.0)
    recent.note(0.0, 900.0)
    recent.note(8.0, 100.0)
    assert recent.percentile(9.0, 0.99) == 900.0
    assert recent.percentile(12.0, 0.99) == 100.0
    assert recent.percentile(40.0, 0.5) is None

from benchmarks.overload.__main__ import figures


def test_growth_is_the_last_fifth_over_the_middle_one() -> None:
    memory = {"core": [9.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 30.0, 40.0, 40.0]}
    assert figures(memory, sent=90, calls=7, seconds=10.2) == {
        "sent": 90,
        "provider_calls": 7,
        "seconds": 10,
        "core_mb_peak": 40,
        "core_growth": 2.0,
    }

"""The check of the model finds out a model that is wrong."""

import pytest

from benchmarks.capacity import __main__ as verify

RUN = {
    "at": "2026-11-25T00:00:00",
    "commit": "abc",
    "machine": "some, 2 cores, 24 GiB",
    "messages_per_s": 100,
    "cpu_ms_per_message": {"core": {"total": 8.0}, "routing": 4.0, "sinks": 3.0, "broker": 3.0, "clickhouse": 1.0},
}


def test_the_error_is_that_of_the_prediction() -> None:
    assert verify.compared(RUN) == {"predicted_per_s": 105.3, "measured_per_s": 100.0, "error": 0.0526}
    assert verify.compared({**RUN, "load_cpu_ms_per_message": 1.0})["error"] == 0.0


@pytest.mark.parametrize(("measured", "code"), [(100, 0), (60, 1), (150, 1)])
def test_more_than_a_quarter_off_is_code_1(monkeypatch: pytest.MonkeyPatch, measured: int, code: int) -> None:
    monkeypatch.setattr(verify, "rows", lambda _: iter([{**RUN, "messages_per_s": measured}, RUN]))
    assert verify.main() == code

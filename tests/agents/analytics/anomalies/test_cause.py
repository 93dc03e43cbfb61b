"""Which dimension explains a rise."""

import pytest

from agents.analytics.anomalies.cause import EVERYWHERE, explain


def spread(provider: dict[str, tuple[float, float]], tenant: dict[str, tuple[float, float]]):  # type: ignore[no-untyped-def]
    return {
        **{("provider", name): one for name, one in provider.items()},
        **{("tenant", name): one for name, one in tenant.items()},
    }


def test_the_dimension_in_which_the_excess_lies_with_one_value() -> None:
    cause = explain(
        spread(
            {"groq": (300.0, 60.0), "gemini": (700.0, 2.0)},
            {"north": (400.0, 25.0), "south": (600.0, 37.0)},
        )
    )
    assert (cause.dimension, cause.values) == ("provider", ("groq",))
    assert cause.contribution == pytest.approx(60 / 62)


def test_the_other_way_round() -> None:
    cause = explain(
        spread(
            {"groq": (300.0, 18.0), "gemini": (700.0, 42.0)},
            {"north": (400.0, 59.0), "south": (600.0, 1.0)},
        )
    )
    assert (cause.dimension, cause.values) == ("tenant", ("north",))


def test_what_rises_as_traffic_does_has_no_one_cause() -> None:
    cause = explain(
        spread(
            {"groq": (300.0, 30.0), "gemini": (700.0, 70.0)},
            {"north": (400.0, 40.0), "south": (600.0, 60.0)},
        )
    )
    assert (cause.dimension, cause.values) == (EVERYWHERE, ())


def test_a_dimension_with_one_value_explains_nothing() -> None:
    assert explain({("tenant", "only"): (100.0, 50.0)}).dimension == EVERYWHERE


def test_what_is_known_is_left_out() -> None:
    excess = {("concept", "a"): (100.0, 50.0), ("concept", "b"): (100.0, 30.0), ("concept", "c"): (800.0, 1.0)}
    assert explain(excess, [("concept", "a")]).values == ("b",)


def test_nothing_above_the_usual_has_no_cause() -> None:
    assert explain({("provider", "groq"): (100.0, -5.0), ("provider", "gemini"): (100.0, -1.0)}).dimension == EVERYWHERE

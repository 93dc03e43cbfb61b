import pytest

from agents.routing.decision import Candidate, Decision, DeclaredOrder, features_of
from tests.agents.routing.events import scored


def test_declared_order_takes_the_first_that_takes_calls() -> None:
    decision = DeclaredOrder().decide("explain", {}, {"one": False, "two": True, "three": True})
    assert [candidate.provider for candidate in decision.candidates] == ["two", "three", "one"]
    assert [candidate.propensity for candidate in decision.candidates] == [1.0, 0.0, 0.0]
    assert decision.propensity("two") == 1.0
    assert decision.propensity("offline") == 0.0


def test_no_provider_is_chosen_when_none_takes_calls() -> None:
    decision = DeclaredOrder().decide("explain", {}, {"one": False, "two": False})
    assert [candidate.propensity for candidate in decision.candidates] == [0.0, 0.0]


def test_record_carries_the_propensity_of_the_provider_that_answered() -> None:
    decision = DeclaredOrder().decide("explain", {"mastery": 0.5}, {"one": True, "two": True})
    assert decision.record("one")["propensity"] == 1.0
    assert decision.record("two")["propensity"] == 0.0
    assert decision.record("one")["features"] == {"mastery": 0.5}


def test_fallback_that_might_have_been_picked_was_not() -> None:
    decision = Decision("p/1", {}, (Candidate("drawn", 0.4, 0.3, ""), Candidate("likely", 0.5, 0.7, "")))
    assert decision.record("drawn")["propensity"] == 0.3
    assert decision.record("likely")["propensity"] == 0.0
    assert Decision("p/1", {}, ()).record("offline")["propensity"] == 0.0


def test_features() -> None:
    features = features_of(scored(language="de-AT", mastery={"a": 0.2, "b": 0.6}, text_tokens=50), 700)
    assert features["task:explain"] == 1.0
    assert features["language:de"] == 1.0
    assert features["mastery"] == pytest.approx(0.4)
    assert (features["length"], features["prompt"]) == (0.5, 0.7)
    assert features_of(scored(mastery={}), 0)["mastery"] == 0.5
    assert features_of(scored(language="anything that a client makes up"), 0)["language:en"] == 1.0

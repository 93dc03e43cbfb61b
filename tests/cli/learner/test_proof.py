from hypothesis import given, settings
from hypothesis import strategies as st

from cli.learner.proof import Finding, Proof, compared, remains

PLACES = st.dictionaries(st.sampled_from(["raw_messages", "Redis", "masterx.profiles"]), st.integers(0, 3))


def test_nothing_anywhere_afterwards_is_proof() -> None:
    proof = Proof((Finding("raw_messages", 7, 0), Finding("Redis", 0, 0)))
    assert (proof.holds, proof.found_before, proof.problems()) == (True, 7, [])


def test_what_is_left_is_named_with_what_to_do() -> None:
    proof = Proof((Finding("raw_messages", 7, 1), Finding("Redis", 0, 0), Finding("masterx.profiles", 1, 1)))
    assert not proof.holds
    [line] = proof.problems()
    assert "raw_messages, masterx.profiles" in line
    assert "Redis" not in line
    assert "stop what sends" in line and "again" in line


def test_an_app_that_has_not_read_the_erasure_is_no_proof() -> None:
    proof = Proof((Finding("raw_messages", 7, 0),), {"routing": 1})
    assert not proof.holds
    [line] = proof.problems()
    assert "'masterx worker routing' has 1 record still to read" in line


@settings(deadline=None)
@given(PLACES, PLACES)
def test_every_place_of_either_look_is_compared(before: dict[str, int], after: dict[str, int]) -> None:
    found = compared(before, after)
    assert [one.place for one in found] == list({**before, **after})
    assert all((one.before, one.after) == (before.get(one.place, 0), after.get(one.place, 0)) for one in found)
    assert Proof(found).holds == (not any(after.values()))


def test_what_an_erasure_does_not_reach_is_said() -> None:
    text = " ".join(remains(168, 1))
    assert "168 h" in text and "MASTERX_RETENTION_HOURS" in text
    assert "1 row in raw_erasures stay" in text

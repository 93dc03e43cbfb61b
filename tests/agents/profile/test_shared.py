"""What partitions publish and read."""

import pytest

from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from config.curriculum import load
from schemas.codec import decode, encode
from tests.agents.profile.given import MINUTE, NOON, attempt


def taught(partition: int) -> Shared:
    """A partition in which everyone fails at mul-1."""
    shared = Shared(partition)
    for learner in range(20):
        event = attempt(False, at=NOON + learner * MINUTE, concept="multiplication", item_id="mul-1")
        observe_attempt(ProfileState(), event, shared)
        event = attempt(True, at=NOON + learner * MINUTE, concept="multiplication", item_id="mul-2")
        observe_attempt(ProfileState(), event, shared)
    return shared


def test_what_one_partition_learned_another_knows() -> None:
    concept = load().concepts["multiplication"]
    reader = Shared(1)
    before = list(reader.difficulties(concept))
    for event in taught(0).published(NOON):
        reader.take(decode("SharedStatistics", encode("SharedStatistics", event)))
    after = Shared(1)
    for event in taught(0).published(NOON):
        after.take(event)
    learned = after.difficulties(concept)
    assert learned[0] > before[0]
    assert learned[1] < learned[0]
    assert after.behaviour.mean("pace|multiplication") == pytest.approx(reader.behaviour.mean("pace|multiplication"))


def test_a_partition_goes_on_from_what_it_published() -> None:
    shared = taught(0)
    published = shared.published(NOON)
    restarted = Shared(0)
    for event in published:
        restarted.take(event)
    again = restarted.published(NOON)
    assert [event["statistics"] for event in again] == [event["statistics"] for event in published]
    assert all(event["revision"] == 2 for event in again)


def test_other_kinds_are_left_alone_and_damage_is_refused() -> None:
    shared = Shared(0)
    event = shared.published(NOON)[0]
    shared.take(event | {"kind": "bandit", "statistics": b"anything"})
    with pytest.raises(ValueError, match=r".+"):
        shared.take(event | {"statistics": b"{}"})

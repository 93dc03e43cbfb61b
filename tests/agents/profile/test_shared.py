"""What partitions publish and read."""

import random
import uuid

import pytest

from agents.profile.knowledge.statistics import Noted
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


def names(kind: str, number: int) -> list[str]:
    rng = random.Random(kind)
    if kind == "uuid":
        return [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(number)]
    letters = [chr(place) for place in range(0x4E00, 0x9FA5)]
    return ["".join(rng.choices(letters, k=256)) for _ in range(number)]


@pytest.mark.parametrize(("kind", "number", "kept"), [("uuid", 10_000, 6000), ("long", 3000, 200)])
def test_what_is_published_stays_small_however_many_items_apps_name(kind: str, number: int, kept: int) -> None:
    shared, rng = Shared(0), random.Random(1)
    items = names(kind, number)
    known = items[:20]
    last = items[0]
    for _ in range(2):
        with shared.apart() as learned:
            for item in (*items, *known):
                note = [rng.random() for _ in range(4)]
                transitions = (f"1\t{item}", f"1\t{rng.getrandbits(32):x}\t{item}")
                shared.difficulty_sums.observe(Noted(item, (item,), 1.0, *note, f"1\t{last}\t{item}", transitions))
                shared.behaviour.note_pace(item, 1.0 + rng.random())
                last = item
        shared.settle(learned)
    before = list(shared.difficulty_sums.own.total)
    published = shared.published(NOON)
    assert max(len(event["statistics"]) for event in published) < 700_000
    own = shared.difficulty_sums.own
    assert kept * 0.98 <= len(own.items) <= 6000
    assert own.items.keys() >= set(known)
    assert own.concepts.keys() >= set(known)
    assert own.total == before
    assert shared.difficulty_sums.total.items.keys() == own.items.keys()
    again = Shared(0)
    for event in published:
        again.take(decode("SharedStatistics", encode("SharedStatistics", event)))
    assert again.difficulty_sums.own == own

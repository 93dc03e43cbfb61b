"""The profile's bytes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.newer import NewerStateError
from agents.profile.agent import stage
from agents.profile.migrations import MAGIC
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import VERSION, ProfileState, StateError, loads
from config.settings import Settings
from pipeline.delivery.process_keyed import AWAY
from pipeline.delivery.record import Record
from schemas.topics import ATTEMPTS
from tests.agents.profile.given import MINUTE, NOON, attempt, fresh_id


def test_no_bytes_are_a_new_profile() -> None:
    assert loads(None).dumps() == loads(b"").dumps() == ProfileState().dumps()


def test_what_was_written_is_read() -> None:
    state = ProfileState()
    for n in range(40):
        observe_attempt(state, attempt(n % 2 == 0, at=NOON + n * MINUTE, concept=f"c{n % 7} ü"), Shared())
    payload = state.dumps()
    assert loads(payload).dumps() == payload
    assert loads(payload).concepts.freshest(3)[0] == ["c2 ü", "c3 ü", "c4 ü"]


@pytest.mark.parametrize("payload", [b"nonsense", MAGIC + bytes([VERSION]), MAGIC + bytes([VERSION]) + b"\xff" * 40])
def test_damage_is_said_in_one_line(payload: bytes) -> None:
    with pytest.raises(StateError) as caught:
        loads(payload)
    assert "\n" not in str(caught.value)


def test_every_cut_is_noticed_or_harmless() -> None:
    state = ProfileState()
    observe_attempt(state, attempt(), Shared())
    payload = state.dumps()
    for end in range(1, len(payload) - len(state.knowledge), 7):
        with pytest.raises(StateError):
            loads(payload[:end])


def test_a_newer_version_is_refused() -> None:
    payload = ProfileState().dumps()
    with pytest.raises(NewerStateError, match="newer"):
        loads(payload[:3] + bytes([VERSION + 1]) + payload[4:])


async def test_one_that_a_newer_worker_wrote_is_waited_with_and_not_refused() -> None:
    payload = ProfileState().dumps()
    record = Record(ATTEMPTS.name, 0, 0, b"key", attempt(), 0)
    with pytest.raises(AWAY, match="newer than this worker's"):
        await stage(Settings()).handle(record, payload[:3] + bytes([VERSION + 1]) + payload[4:])


def test_repeats_are_remembered_for_a_while_and_no_longer() -> None:
    state = ProfileState()
    ids = [fresh_id() for _ in range(100)]
    assert not any(state.is_repeat(one) for one in ids)
    assert all(state.is_repeat(one) for one in ids[-64:])
    assert not state.is_repeat(ids[0])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(min_size=0, max_size=300), st.booleans(), st.integers(0, 10**10)), min_size=1, max_size=120
    )
)
def test_any_history_stays_small_and_survives_its_bytes(history: list[tuple[str, bool, int]]) -> None:
    payload = b""
    shared = Shared()
    for concept, correct, later in history:
        event = attempt(correct, at=NOON + later, concept=concept)
        payload = observe_attempt(loads(payload), event, shared).state.dumps()
    assert len(payload) < 16 * 1024
    assert loads(payload).attempts == len(history)


def test_version_1_is_migrated() -> None:
    """Bytes as version 1 wrote them: five attempts on two concepts, then a reply that waits for its reward."""
    state = loads((Path(__file__).parent / "profile_v1.bin").read_bytes())
    assert (state.revision, state.attempts, state.correct, state.messages) == (6, 5, 3, 1)
    fractions, ratio = state.concepts.get("fractions"), state.concepts.get("ratio")
    assert fractions is not None
    assert ratio is not None
    assert (fractions.attempts, fractions.correct, ratio.attempts, ratio.correct) == (3, 3, 2, 0)
    assert state.mood["confused"] == 0.5
    shared = Shared()
    observed = observe_attempt(loads(state.dumps()), attempt(at=NOON + 8 * MINUTE), shared)
    assert [reward["closed_by"] for reward in observed.rewards] == ["outcome"]
    assert observed.state.attempts == 6

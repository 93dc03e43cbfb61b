import struct
import uuid
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.newer import NewerStateError
from agents.routing.ledger import MAX_TURNS, ConversationState, Entry, LedgerError, Turn, row_name
from schemas import codec
from schemas.codec import Event
from tests.agents.routing.replies import response

ENTRIES = st.lists(
    st.builds(Entry, turn=st.integers(1, 2**40), message_id=st.uuids().map(str), size=st.integers(0, 2**20)),
    max_size=5,
)


class Table:
    """Keeps a learner's row and the rows beside it, as delivery does."""

    def __init__(self) -> None:
        self.main = b""
        self.rows: dict[bytes, bytes] = {}
        self.written = 0

    def state(self) -> ConversationState:
        return ConversationState.loads(self.main, self.rows.get)

    def store(self, state: ConversationState) -> None:
        self.main = state.dumps()
        self.written += len(self.main)
        for name, stored in state.changes.items():
            if stored is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = stored
                self.written += len(stored)


@pytest.fixture
def table() -> Table:
    return Table()


def first_version(responses: Mapping[str, Event], with_responses: Callable[[int], bool]) -> bytes:
    """The bytes of the first version, turns within the row."""
    parts = [struct.pack("<BQIQH", 1, 7, 3, 1500, len(responses))]
    for turn, (message_id, event) in enumerate(responses.items(), 1):
        text, reply = event["message_text"].encode(), event["text"].encode()
        whole = codec.encode("TutorResponse", event) if with_responses(turn) else b""
        parts.append(struct.pack("<Q16sIII", turn, row_name(message_id), len(text), len(reply), len(whole)))
        parts += (text, reply, whole)
    return b"".join(parts)


@given(st.integers(0, 2**50), ENTRIES, st.integers(0, 2**31), st.integers(0, 2**50))
def test_stored_form_reads_back(last: int, entries: list[Entry], day: int, spent: int) -> None:
    state = ConversationState(last, tuple(entries), day, spent)
    assert ConversationState.loads(state.dumps()) == state


@given(st.text(max_size=50), st.text(max_size=50), st.binary(max_size=50))
def test_stored_turn_reads_back(text: str, reply: str, encoded: bytes) -> None:
    turn = Turn(text, reply, encoded, 3)
    assert Turn.loads(turn.dumps(), 3) == turn


@given(st.binary(max_size=60))
def test_other_bytes_are_no_turn_and_never_crash(stored: bytes) -> None:
    with pytest.raises(LedgerError):
        Turn.loads(stored)


def test_no_bytes_are_a_new_learner() -> None:
    assert ConversationState.loads(b"") == ConversationState()


@given(st.binary(min_size=1, max_size=200))
def test_other_bytes_are_refused_and_never_crash(stored: bytes) -> None:
    try:
        state = ConversationState.loads(stored)
    except (LedgerError, NewerStateError):
        return
    assert ConversationState.loads(state.dumps(), state.rows) == state


def test_cut_bytes_are_refused() -> None:
    stored = ConversationState().with_reply(response(turn=1), day=1).dumps()
    for length in range(1, len(stored)):
        with pytest.raises(LedgerError):
            ConversationState.loads(stored[:length])


def test_other_version_is_named() -> None:
    with pytest.raises(NewerStateError, match="version 9"):
        ConversationState.loads(b"\x09" + ConversationState().dumps()[1:])


def test_stored_response_comes_back_as_it_was_sent(table: Table) -> None:
    first, second = response(turn=1), response(turn=2)
    table.store(table.state().with_reply(first, day=1))
    table.store(table.state().with_reply(second, day=1))
    assert table.state().find(first["message_id"]) == first
    assert table.state().find(second["message_id"]) == second
    assert table.state().find(str(uuid.uuid4())) is None


def test_reply_is_written_once_and_deleted_when_it_leaves_the_ring(table: Table) -> None:
    for turn in range(1, 50):
        table.store(table.state().with_reply(response(turn=turn), day=1))
    assert [entry.turn for entry in table.state().entries] == list(range(50 - MAX_TURNS, 50))
    assert table.state().last_turn == 49
    assert set(table.rows) == {entry.row for entry in table.state().entries}
    # Far less than the sixteen replies: the row of this one, and what says which there are.
    before = table.written
    table.store(table.state().with_reply(response(turn=50), day=1))
    assert table.written - before < len(codec.encode("TutorResponse", response(turn=50))) + 40 * MAX_TURNS


def test_long_replies_make_room_by_whole_turns(table: Table) -> None:
    random = uuid.UUID(int=1)
    for turn in range(1, 13):
        # Not to be compressed.
        random = uuid.uuid5(random, "next")
        text = " ".join(str(uuid.uuid5(random, str(n))) for n in range(60))
        table.store(table.state().with_reply(response(turn=turn, text=text), day=1, max_bytes=12_000))
        assert sum(map(len, table.rows.values())) <= 12_000
    assert 2 < len(table.rows) < 12
    assert table.state().entries[-1].turn == 12


def test_newest_turn_stays_even_when_it_is_too_long(table: Table) -> None:
    table.store(table.state().with_reply(response(turn=1), day=1, max_bytes=100))
    last = response(turn=2, text="word " * 500)
    table.store(table.state().with_reply(last, day=1, max_bytes=100))
    assert [entry.turn for entry in table.state().entries] == [2]
    assert table.state().find(last["message_id"]) == last


def test_turns_that_context_has_not_seen_are_read_and_the_newest_always(table: Table) -> None:
    for turn in range(1, 6):
        table.store(table.state().with_reply(response(turn=turn, text=f"reply {turn}"), day=1))
    assert [(turn.turn, turn.reply) for turn in table.state().since(3)] == [(4, "reply 4"), (5, "reply 5")]
    assert [turn.reply for turn in table.state().since(5)] == ["reply 5"]
    assert ConversationState().since(0) == ()


def test_reply_whose_row_was_stored_alone_is_found_and_one_that_was_not_is_lost(table: Table) -> None:
    sent = response(turn=1)
    after = table.state().with_reply(sent, day=1)
    alone, without = Table(), Table()
    alone.rows = {name: stored for name, stored in after.changes.items() if stored}
    without.main = after.dumps()
    assert alone.state().find(sent["message_id"]) == sent
    assert not alone.state().knows(sent["message_id"])
    assert without.state().find(sent["message_id"]) is None
    assert without.state().lost(sent["message_id"])
    assert not after.lost(sent["message_id"])


def test_first_version_is_read_and_its_turns_become_rows(table: Table) -> None:
    replies = {event["message_id"]: event for event in (response(turn=turn) for turn in (1, 2, 3))}
    table.main = first_version(replies, with_responses=lambda turn: turn > 1)
    dropped, second, third = replies
    state = table.state()
    assert (state.last_turn, state.spent_usd(3)) == (7, pytest.approx(0.0015))
    assert state.find(second) == replies[second]
    assert state.find(dropped) is None
    assert not state.lost(dropped)
    table.store(state.with_reply(response(turn=8), day=3))
    assert table.main[0] == 2
    assert table.state().find(third) == replies[third]
    assert [turn.turn for turn in table.state().since(0)] == [1, 2, 3, 8]


def test_forgetting_names_every_row(table: Table) -> None:
    for turn in range(1, 4):
        table.store(table.state().with_reply(response(turn=turn), day=1))
    assert table.state().forgotten() == dict.fromkeys(table.rows)


def test_spending_is_counted_by_day() -> None:
    state = ConversationState().with_reply(response(turn=1, cost_usd=0.25), day=7)
    state = state.with_reply(response(turn=2, cost_usd=0.125, lost_usd=0.375), day=7)
    assert state.spent_usd(7) == pytest.approx(0.75)
    assert state.spent_usd(8) == 0.0
    state = state.with_reply(response(turn=3, cost_usd=0.125), day=8)
    assert state.spent_usd(8) == pytest.approx(0.125)

"""Each decision gets one reward, whatever follows it."""

import pytest

from agents.profile import rewards
from agents.profile.rewards import WINDOW
from agents.profile.state import ProfileState
from tests.agents.profile.given import MINUTE, NOON, SECOND, attempt, feedback, reading, response


def test_a_graded_outcome_pays_what_it_was_better_than_expected() -> None:
    state = ProfileState()
    reply = response()
    rewards.await_reward(state, reply)
    [reward] = rewards.note_outcome(state, attempt(True, at=NOON + MINUTE), expected=0.6)
    assert reward["components"]["outcome"] == pytest.approx(0.4)
    assert reward["closed_by"] == "outcome"
    assert reward["elapsed_s"] == 60.0
    assert reward["layers"] == {"profile": 0.25, "conversation": 0.75}
    assert (reward["provider"], reward["policy"], reward["features"]) == ("groq", "order-1", {"tokens": 200.0})
    assert state.pending == []


def test_an_outcome_on_another_concept_pays_nothing() -> None:
    state = ProfileState()
    rewards.await_reward(state, response())
    assert rewards.note_outcome(state, attempt(concept="decimals"), expected=0.6) == []
    assert len(state.pending) == 1


def test_an_attempt_that_names_its_message_pays_that_reply_alone() -> None:
    state = ProfileState()
    first, second = response(), response(at=NOON + SECOND)
    rewards.await_reward(state, first)
    rewards.await_reward(state, second)
    [reward] = rewards.note_outcome(state, attempt(message_id=first["message_id"]), expected=0.5)
    assert reward["response_id"] == first["response_id"]


def test_earlier_replies_share_an_outcome_less() -> None:
    state = ProfileState()
    for n in range(2):
        rewards.await_reward(state, response(at=NOON + n))
    earlier, last = rewards.note_outcome(state, attempt(False, at=NOON + SECOND), expected=0.8)
    assert last["components"]["outcome"] == pytest.approx(-0.8)
    assert earlier["components"]["outcome"] == pytest.approx(-0.4)


def test_confusion_resolved_is_measured_at_the_next_message() -> None:
    state = ProfileState()
    rewards.await_reward(state, response(emotion=reading(confused=0.9)))
    assert rewards.note_reply(state, response(emotion=reading(confused=0.2))) == []
    [reward] = rewards.note_reply(state, response(emotion=reading(confused=0.9)))
    assert reward["components"]["confusion_resolved"] == pytest.approx(0.7)
    assert reward["closed_by"] == "follow_up"
    assert reward["value"] > 0.5


@pytest.mark.parametrize(("later", "closed"), [(WINDOW, 0), (WINDOW + 1, 1)])
def test_half_an_hour_of_event_time_closes(later: int, closed: int) -> None:
    state = ProfileState()
    rewards.await_reward(state, response())
    due = rewards.close_overdue(state, NOON + later)
    assert [reward["closed_by"] for reward in due] == ["timeout"] * closed
    assert all(reward["elapsed_s"] == WINDOW / 1e6 for reward in due)


@pytest.mark.parametrize(
    ("kind", "rating", "value"),
    [("HELPFUL", None, 1.0), ("UNHELPFUL", None, -1.0), ("CONFUSED", None, -0.7), ("OTHER", 5, 1.0), ("OTHER", 3, 0.0)],
)
def test_feedback(kind: str, rating: int | None, value: float) -> None:
    state = ProfileState()
    reply = response()
    rewards.await_reward(state, reply)
    [reward] = rewards.note_feedback(state, feedback(reply, kind, rating=rating))
    assert reward["components"]["feedback"] == pytest.approx(value)
    assert rewards.note_feedback(state, feedback(reply, kind, rating=rating)) == []


def test_cost_and_delay_lower_the_value() -> None:
    values = []
    for cost, delay in ((0.0, 0.0), (0.01, 0.0), (0.0, 10_000.0)):
        state = ProfileState()
        reply = response(cost_usd=cost, provider_ms=delay)
        rewards.await_reward(state, reply)
        [reward] = rewards.note_feedback(state, feedback(reply, rating=3))
        values.append(reward["value"])
    assert values == pytest.approx([0.0, -0.05, -0.05])


def test_what_other_calls_cost_is_not_the_answering_provider_s_fault() -> None:
    state = ProfileState()
    reply = {**response(cost_usd=0.0, provider_ms=0.0), "lost_usd": 0.01}
    rewards.await_reward(state, reply)
    [reward] = rewards.note_feedback(state, feedback(reply, rating=3))
    assert reward["value"] == 0.0


def test_large_decisions_push_out_the_oldest_and_never_grow_the_row() -> None:
    state = ProfileState()
    closed = []
    wide = {f"a rather long feature name, number {n}": 1 / 3 for n in range(200)}
    for n in range(10):
        reply = response(at=NOON + n)
        reply["decision"]["features"] = wide
        closed += rewards.await_reward(state, reply)
    assert len(closed) + len(state.pending) == 10
    assert len({reward["event_id"] for reward in closed}) == len(closed)
    assert len(state.dumps()) < 8 * 1024


def test_long_names_leave_a_decision_its_first_concept_and_the_row_its_bound() -> None:
    state = ProfileState()
    names = [chr(0x1F600 + n) * 250 for n in range(8)]
    rewards.await_reward(state, response(concepts=names))
    assert state.pending[0]["bytes"] <= rewards.MAX_PENDING_BYTES
    assert names[0] in state.pending[0]["concepts"]


def test_an_answer_from_before_the_reply_is_no_outcome_of_it() -> None:
    state = ProfileState()
    rewards.await_reward(state, response(at=NOON + MINUTE))
    assert rewards.note_outcome(state, attempt(at=NOON), expected=0.6) == []
    assert len(rewards.note_outcome(state, attempt(at=NOON + MINUTE), expected=0.6)) == 1


def test_half_an_hour_closes_whichever_reply_it_has_passed_for() -> None:
    state = ProfileState()
    for at in (NOON + MINUTE, NOON):
        rewards.await_reward(state, response(at=at))
    [closed] = rewards.close_overdue(state, NOON + WINDOW + SECOND)
    assert closed["sent_at"] == NOON + WINDOW
    assert [one["at"] for one in state.pending] == [NOON + MINUTE]

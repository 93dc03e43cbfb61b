"""Sessions: where one ends and the next begins, and what is settled then. All in event time."""

from math import log

from agents.profile import absence, averages, patterns, predictions
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, Session
from agents.profile.traits import GAP, PERSISTENCE, SESSION_LENGTH, note_help
from schemas.codec import Event

PAUSE = 30 * 60 * 1_000_000
"""A longer silence, microseconds, ends a session."""
MINUTE = 60_000_000
DAY = 86_400_000_000
SHORTEST_MINUTES = 0.5
CLOSED = "session_closed_at"
BESIDE = "sessions_beside"
MOST_BESIDE = 3
"""Other ids under which the learner is here, in a second tab or on a second device; it is not the next session when
one of them is heard from again."""


def sit(state: ProfileState, event: Event, shared: Shared) -> list[Event]:
    """Put `event` into its session, beginning a new one after a pause or under a session id that is new to it.

    Returns the scores of predictions that are decided by it.
    """
    now, named = event["sent_at"], event["session_id"]
    session = state.session
    beside, left = state.standing.get(BESIDE, []), session.id
    other = named is not None and left is not None and named != left and named not in beside
    settled = absence.settle(state, shared.behaviour, event, now, here=True)
    over = session.start == 0 or now - session.last > PAUSE
    if over or (other and now >= session.last):
        settled += end(state, event, shared)
        # A new session id right after the old one is no return.
        if state.last_end and now - state.last_end > PAUSE:
            settled += predictions.settle_absence(state, shared.behaviour, event, now)
            settled += patterns.of_return(state, event, now - state.last_end)
            averages.note(state.sums, GAP, log((now - state.last_end) / DAY))
        state.sessions += 1
        # 0 stands for no session: an app without a clock says that it is 1970.
        session = state.session = Session(start=max(now, 1), last=now)
    if over:
        beside, left = [], None
    # A late event of the session before would make the next one of this session begin another.
    if named is not None and now >= session.last:
        session.id = named
        beside = [one for one in (*beside, left) if one not in (None, named)][-MOST_BESIDE:]
    if beside:
        state.standing[BESIDE] = beside
    else:
        state.standing.pop(BESIDE, None)
    session.last = max(session.last, now)
    state.at = max(state.at, now)
    return settled


def end(state: ProfileState, cause: Event, shared: Shared) -> list[Event]:
    """Close the session, if there is one, because of `cause`."""
    session = state.session
    if session.start == 0:
        return []
    if session.open_error:
        averages.note(state.sums, PERSISTENCE, 0.0)
        note_help(state.sums, session.open_error == 2)
    settled = predictions.settle_session(state, shared.behaviour, cause)
    # What was feared of this session says nothing of the next.
    state.risks.pop("giving_up", None)
    if session.attempts or session.messages:
        minutes = max((session.last - session.start) / MINUTE, SHORTEST_MINUTES)
        averages.note(state.sums, SESSION_LENGTH, log(minutes))
    state.last_end = session.last
    # Kept for the situation in which the learner left; a new session replaces it.
    state.session = Session(session.id, last=session.last, wrong_run=session.wrong_run)
    return settled


def is_of(event: Event, session: Session) -> bool:
    """Whether `event` speaks of this session: it is neither another one's nor from before this one began."""
    other = event["session_id"] is not None and session.id is not None and event["session_id"] != session.id
    return not other and event["sent_at"] >= session.start


def close(state: ProfileState, signal: Event, shared: Shared) -> list[Event]:
    """Close the session at the moment of `signal`."""
    state.standing[CLOSED] = signal["sent_at"]
    return end(state, signal, shared)


def is_late(state: ProfileState, event: Event) -> bool:
    """Whether no session is under way and `event` is from before the last one's end: topics are read side by side, and
    a device that had no network sends late."""
    ended = max(state.last_end, state.standing.get(CLOSED, 0))
    return state.session.start == 0 and 0 < event["sent_at"] <= ended


def is_over(state: ProfileState, event: Event) -> bool:
    """Whether `event` belongs to the session that was closed last."""
    same = event["session_id"] is not None and event["session_id"] == state.session.id
    return same and state.session.start == 0 and event["sent_at"] - state.last_end <= PAUSE


def silence(state: ProfileState, event: Event, shared: Shared) -> list[Event]:
    """What the passing of time alone decides: the end of a session, a learner who stayed away. What the next week
    brings is predicted anew."""
    now = event["sent_at"]
    settled: list[Event] = []
    if state.session.start and now - state.session.last > PAUSE:
        settled = end(state, event, shared)
    if state.last_end and (now - state.last_end) / 1e6 > predictions.RETURN_HORIZON_S:
        settled += predictions.settle_absence(state, shared.behaviour, event, now)
    settled += absence.settle(state, shared.behaviour, event, now, here=False)
    if event.get("kind") == "OTHER":
        absence.predict(state, shared.behaviour, now)
    return settled

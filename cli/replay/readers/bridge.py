"""Excerpts of an online mathematics tutoring chat: the students' turns as messages, at their times in the session."""

from pathlib import Path
from typing import Any

from cli.replay.recorded import (
    MICROS,
    SYNTHETIC_START,
    ReadError,
    Reading,
    Recorded,
    by_time,
    json_lines,
    locate,
)
from schemas.ids import derived
from schemas.topics import MESSAGES

NAME = "bridge"
SESSION_GAP_S = 1


def read(path: Path) -> Reading:
    """The students' turns of `conversations.jsonl[.gz]` as LearnerMessages, each chat session a learner of its own.

    A session is the part of `c_id` before the underscore: excerpts of one session overlap, and were annotated more
    than once, so a turn is known by session and turn number and sent once. Sessions start 1 s apart in the file's
    order; the turns keep their times in the session. Tutors' turns are not sent.
    Raises `ReadError` where a line is not of the format, `OSError` where the file can't be read.
    """
    path = locate(path, "bridge", "conversations.jsonl")
    found: dict[tuple[int, int], Recorded] = {}
    places: dict[str, int] = {}
    known: set[tuple[str, int]] = set()
    again = empty = 0
    for number, annotation in json_lines(path):
        try:
            session, turns = str(annotation["c_id"]).split("_", 1)[0], _turns(annotation["c_h"])
        except (KeyError, TypeError, ValueError) as error:
            raise ReadError(f"{path}, line {number}: not a {NAME} excerpt: {error!r}") from error
        place = places.setdefault(session, len(places))
        for user, turn, second, text in turns:
            if user != "student":
                continue
            if (session, turn) in known:
                again += 1
                continue
            known.add((session, turn))
            if not text.strip():
                empty += 1
                continue
            sent_at = SYNTHETIC_START + (place * SESSION_GAP_S + second) * MICROS
            found[place, turn] = Recorded(MESSAGES, _message(session, turn, text, sent_at))
    # In the order of the turns' numbers, which the excerpts' order in the file is not: it decides within one second.
    events = [found[place_and_turn] for place_and_turn in sorted(found)]
    counted = ((again, "turns that another annotation holds too"), (empty, "turns without text"))
    return Reading(by_time(events), tuple(f"{count} {what}" for count, what in counted if count))


def _turns(turns: Any) -> list[tuple[str, int, int, str]]:
    """User, number, second of the session and text of each turn."""
    parsed = []
    for turn in turns:
        minutes, seconds = str(turn["time"]).split(":")
        parsed.append((str(turn["user"]), int(turn["id"]), int(minutes) * 60 + int(seconds), str(turn["text"])))
    return parsed


def _message(session: str, turn: int, text: str, sent_at: int) -> dict[str, object]:
    message_id = derived(f"{NAME}/{session}/{turn}", "message")
    return {
        "event_id": message_id,
        "tenant_id": NAME,
        "learner_id": session,
        "session_id": derived(f"{NAME}/{session}", "session"),
        "course_id": NAME,
        "sent_at": sent_at,
        "message_id": message_id,
        "text": text,
        "language": "en",
        "concepts": [],
    }

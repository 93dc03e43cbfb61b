"""Tutoring dialogues on word problems: the student's turns as messages. The source has no times."""

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

NAME = "mathdial"
DIALOGUE_GAP_S = 1
TURN_GAP_S = 20


def read(path: Path) -> Reading:
    """The student's turns of `dialogues.jsonl[.gz]` as LearnerMessages, each dialogue a learner of its own.

    Dialogues start 1 s apart, as in a large class, and their turns follow each 20 s. Teachers' turns are not sent.
    Raises `ReadError` where a line is not of the format, `OSError` where the file can't be read.
    """
    path = locate(path, "mathdial", "dialogues.jsonl")
    events: list[Recorded] = []
    empty = 0
    for place, (number, dialogue) in enumerate(json_lines(path)):
        try:
            dialogue_id, turns = str(dialogue["dialogue_id"]), _turns(dialogue["turns"])
        except (KeyError, TypeError) as error:
            raise ReadError(f"{path}, line {number}: not a {NAME} dialogue: {error!r}") from error
        for index, (role, text) in enumerate(turns):
            if role != "student":
                continue
            if not text.strip():
                empty += 1
                continue
            sent_at = SYNTHETIC_START + (place * DIALOGUE_GAP_S + index * TURN_GAP_S) * MICROS
            events.append(Recorded(MESSAGES, _message(dialogue_id, index, text, sent_at)))
    left_out = (f"{empty} turns without text",) if empty else ()
    return Reading(by_time(events), left_out)


def _turns(turns: Any) -> list[tuple[str, str]]:
    return [(str(turn["role"]), str(turn["text"])) for turn in turns]


def _message(dialogue_id: str, index: int, text: str, sent_at: int) -> dict[str, object]:
    message_id = derived(f"{NAME}/{dialogue_id}/{index}", "message")
    return {
        "event_id": message_id,
        "tenant_id": NAME,
        "learner_id": dialogue_id,
        "session_id": derived(f"{NAME}/{dialogue_id}", "session"),
        "course_id": NAME,
        "sent_at": sent_at,
        "message_id": message_id,
        "text": text,
        "language": "en",
        "concepts": [],
    }

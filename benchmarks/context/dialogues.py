"""Recorded tutoring dialogues as exchanges, from the files of MathDial and Bridge."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NUMBER = re.compile(r"\d+(?:[.,/:]\d+)*")
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A student's message, the exchanges before it, and what of them the tutor's next turn takes up again."""

    dialogue: str
    before: tuple[tuple[str, str], ...]
    message: str
    needed: tuple[str, ...]


class DataError(ValueError):
    """The path does not hold the files. The message is one line for people."""


def moments(data: Path, name: str, least_exchanges: int = 1, least_chars: int = 100) -> list[Moment]:
    """The moments of `mathdial` or `bridge` under `data` at which something from before is taken up.

    What came before must be long enough that something has to be left out. Needed are the numbers and names of the
    next tutor turn that occur earlier and not in the message itself. Raises `DataError`.
    """
    found = []
    for dialogue, _, turns in whole(data, name):
        before: list[tuple[str, str]] = []
        message = ""
        for index, (is_tutor, text) in enumerate(turns):
            if not is_tutor:
                following = turns[index + 1][1] if index + 1 < len(turns) else ""
                past = " ".join(f"{said} {replied}" for said, replied in before)
                earlier = _marks(past)
                needed = (_marks(following) & earlier) - _marks(text)
                if needed and len(before) >= least_exchanges and len(past) >= least_chars:
                    found.append(Moment(dialogue, tuple(before), text, tuple(sorted(needed))))
                message = text
            else:
                before.append((message, text))
                message = ""
    return found


def is_held_out(dialogue: str) -> bool:
    """Whether the dialogue is of the half that figures are reported on; excerpts annotated twice are on one side."""
    return sum(map(ord, dialogue.split("_")[0])) % 2 == 1


def occurs(mark: str, text: str) -> bool:
    """Whether the number or name stands in the text as a whole."""
    return re.search(rf"(?<![\w.,/:]){re.escape(mark)}(?![\w/:]|[.,]\d)", text) is not None


def _marks(text: str) -> set[str]:
    return set(NUMBER.findall(text)) | set(NAME.findall(text))


def whole(data: Path, name: str) -> Iterator[tuple[str, str, list[tuple[bool, str]]]]:
    """The dialogues of `mathdial` or `bridge`: (id, problem, turns), a turn being (whether the tutor speaks, text).

    Of a Bridge excerpt that was annotated twice both are given. Raises `DataError`.
    """
    files = {"mathdial": "mathdial/dialogues.jsonl.gz", "bridge": "bridge/conversations.jsonl.gz"}
    path = data / files[name]
    if not path.exists():
        raise DataError(f"there is no {path}; DATA must be the folder that holds {files[name]}")
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for line in rows:
            row = json.loads(line)
            if name == "mathdial":
                spoken = [(t["role"] == "teacher", t["text"]) for t in row["turns"]]
                yield str(row["dialogue_id"]), str(row["qid"]), _joined(spoken)
            else:
                said = [(t["user"] == "tutor", t["text"]) for t in row["c_h"]]
                yield row["c_id"], row["c_id"].split("_")[0], _joined([*said, *((True, t["text"]) for t in row["c_r"])])


def _joined(turns: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Turns of one speaker in a row made one."""
    joined: list[tuple[bool, str]] = []
    for is_tutor, text in turns:
        if joined and joined[-1][0] == is_tutor:
            joined[-1] = (is_tutor, f"{joined[-1][1]} {text}")
        else:
            joined.append((is_tutor, text))
    return joined

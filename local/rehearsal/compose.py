"""A reply from the lessons, by what was asked."""

import hashlib
from collections.abc import Sequence

from config.curriculum import Curriculum, Item
from local.rehearsal.asked import Asked
from local.rehearsal.lessons import Lessons

MARK = "[rehearsal reply]"
"""Every reply begins with it: nobody is to take a written reply for a model's."""


def compose(asked: Asked, lessons: Lessons, curriculum: Curriculum) -> str:
    """The reply: the same for the same question."""
    pick = _Picker(asked.text)
    opening = lessons.openings.get(asked.tone, lessons.openings["neutral"])
    return " ".join(
        part
        for part in (
            MARK,
            pick(opening.named if asked.acknowledge else opening.plain),
            _body(asked, lessons),
            pick(lessons.endings["suggest_break"]) if asked.suggest_break else "",
            _ending(asked, lessons, curriculum, pick),
        )
        if part
    )


class _Picker:
    """Chooses among texts by the question's digest, so that replies vary and a repeated call does not."""

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def __call__(self, choices: Sequence[str]) -> str:
        self._left, index = divmod(self._left, len(choices))
        return choices[index]


def _body(asked: Asked, lessons: Lessons) -> str:
    lesson = lessons.about(asked.concept_id)
    if asked.smaller_steps:
        hint = asked.item.hints[0] if asked.item and asked.item.hints else ""
        return hint or lesson.step
    if asked.step in ("worked_example", "explain") or asked.task == "explain":
        return f"{lesson.idea} For example, {lesson.example}"
    if asked.challenge:
        return ""
    if asked.item and asked.item.hints:
        return f"{lesson.idea} Here: {asked.item.hints[0]}"
    return lesson.idea


def _ending(asked: Asked, lessons: Lessons, curriculum: Curriculum, pick: _Picker) -> str:
    kind = (
        "smaller_steps" if asked.smaller_steps
        else "challenge" if asked.challenge
        else "practise" if asked.task == "practise" or asked.step in ("practice", "review")
        else "usual"
    )  # fmt: skip
    item = _item(asked, curriculum, harder=kind == "challenge") if kind in ("challenge", "practise") else None
    if item is None and kind != "smaller_steps":
        kind = "usual"
    ending = pick(lessons.endings[kind])
    return ending.replace("{question}", item.question) if item else ending


def _item(asked: Asked, curriculum: Curriculum, *, harder: bool) -> Item | None:
    concept = curriculum.concepts.get(asked.concept_id or "")
    others = [item for item in concept.items if item != asked.item] if concept else []
    return sorted(others, key=lambda item: item.difficulty)[-1 if harder else len(others) // 2] if others else None

"""What a prompt asks for, read from its text as any provider has to read it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from config.curriculum import Curriculum, Item
from config.prompts import TutorTemplate


@dataclass(frozen=True, slots=True)
class Asked:
    """The learner's last message, what it is about, and how the tutor is to answer it."""

    text: str
    concept_id: str | None = None
    item: Item | None = None
    tone: str = "neutral"
    task: str = ""
    acknowledge: bool = False
    smaller_steps: bool = False
    suggest_break: bool = False
    challenge: bool = False
    step: str = ""


def read(messages: Sequence[Any], template: TutorTemplate, curriculum: Curriculum) -> Asked:
    """What `messages` of a chat-completions request ask for.

    The instructions are recognised by the template's own sentences; a prompt made from another template, or one that
    was too long for them, asks for a plain reply. The concept is the one whose item or terms the last message names,
    else the latest one named before it, else that of the next step.
    """
    spoken = [(str(message.get("role")), _text(message)) for message in messages if isinstance(message, Mapping)]
    told = "\n".join(text for role, text in spoken if role == "system").rpartition("</notes>")[2]
    said = [text for role, text in spoken if role != "system"]
    text = next((text for role, text in reversed(spoken) if role == "user"), "")
    step, step_concept = _step(told, template)
    item = _item_in(text, curriculum)
    concept = item.concept_id if item else next(filter(None, (concept_in(t, curriculum) for t in reversed(said))), None)
    return Asked(
        text=text,
        concept_id=concept or step_concept,
        item=item,
        tone=next((tone for tone, line in template.tone.items() if line in told), "neutral"),
        task=next((task for task, line in template.task.items() if line in told), ""),
        acknowledge=template.acknowledge in told,
        smaller_steps=template.smaller_steps in told,
        suggest_break=template.suggest_break in told,
        challenge=template.challenge in told,
        step=step,
    )


def concept_in(text: str, curriculum: Curriculum) -> str | None:
    """The concept that `text` names by its longest term; None where it names none."""
    words = text.lower()
    for term, concept_id in _terms(tuple((c.id, (c.name, *c.terms)) for c in curriculum.concepts.values())):
        if re.search(rf"(?<!\w){re.escape(term)}(?!\w)", words):
            return concept_id
    return None


@lru_cache(maxsize=4)
def _terms(concepts: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, str], ...]:
    found = {term.lower(): concept_id for concept_id, terms in reversed(concepts) for term in terms}
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _item_in(text: str, curriculum: Curriculum) -> Item | None:
    return next((item for item in curriculum.items.values() if item.question in text), None)


def _step(told: str, template: TutorTemplate) -> tuple[str, str | None]:
    for kind, line in template.next_step.items():
        before, placeholder, after = line.partition("{concept}")
        found = re.search(re.escape(before) + r"([\w -]+)" + re.escape(after), told) if placeholder else None
        if found:
            return kind, found.group(1).strip()
    return "", None


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""

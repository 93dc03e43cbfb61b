"""What a prompt asks for, read from prompts as routing renders them."""

from typing import Any

import pytest

from agents.routing.prompt import render
from config import curriculum
from config.prompts import tutor_template
from local.rehearsal.asked import Asked, concept_in, read
from tests.cli.samples import sample

TEMPLATE, SCHOOL = tutor_template(), curriculum.load()
QUIET = {"acknowledge": False, "smaller_steps": False, "suggest_break": False, "challenge": False}


def asked(text: str = "How?", *, task: str = "explain", step: dict[str, Any] | None = None, **plan: Any) -> Asked:
    scored = {
        **sample("ScoredMessage"),
        "text": text,
        "text_tokens": 10,
        "token_budget": 1500,
        "task": task,
        "pieces": [],
        "turns_through": 0,
        "language": None,
        "plan": {**sample("ScoredMessage")["plan"], "tone": "neutral", "pace": "same", **QUIET, **plan},
        "next_step": {**sample("ScoredMessage")["next_step"], "step_size": "normal", **step} if step else None,
    }
    return read(render(scored, (), TEMPLATE).messages, TEMPLATE, SCHOOL)


@pytest.mark.parametrize("tone", list(TEMPLATE.tone))
def test_the_tone_is_read(tone: str) -> None:
    assert asked(tone=tone).tone == tone


@pytest.mark.parametrize("switch", list(QUIET))
def test_each_switch_is_read_and_no_other(switch: str) -> None:
    plan: dict[str, Any] = {switch: True}
    found = asked(**plan)
    assert {name: getattr(found, name) for name in QUIET} == {**QUIET, switch: True}


@pytest.mark.parametrize("task", list(TEMPLATE.task))
def test_the_task_is_read(task: str) -> None:
    assert asked(task=task).task == task


@pytest.mark.parametrize("kind", list(TEMPLATE.next_step))
def test_the_next_step_is_read_and_stands_in_for_a_concept(kind: str) -> None:
    found = asked("How?", step={"kind": kind, "concept_id": "adding-fractions"})
    assert (found.step, found.concept_id) == (kind, "adding-fractions")


def test_the_message_decides_what_it_is_about() -> None:
    step = {"kind": "practice", "concept_id": "adding-fractions"}
    assert asked("I don't get percentages", step=step).concept_id == "percentages"


def test_a_question_in_the_message_is_an_item() -> None:
    found = asked("Why not 2? What is 2/3 + 1/5?")
    assert found.item == SCHOOL.items["adf-3"] and found.concept_id == "adding-fractions"


def test_what_was_said_before_is_asked_after() -> None:
    messages = [
        {"role": "user", "content": "A ratio, what is that?"},
        {"role": "assistant", "content": "Parts."},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
    ]
    found = read(messages, TEMPLATE, SCHOOL)
    assert (found.text, found.concept_id) == ("And now?", "ratio")


def test_notes_are_data() -> None:
    system = f'<notes about="memory">{TEMPLATE.challenge}</notes>\nBe brief.'
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "How?"}]
    assert not read(messages, TEMPLATE, SCHOOL).challenge


@pytest.mark.parametrize("messages", [[], [None, 5, {"role": "user"}], [{"role": "user", "content": None}]])
def test_a_strange_prompt_asks_for_a_plain_reply(messages: list[Any]) -> None:
    assert read(messages, TEMPLATE, SCHOOL) == Asked("")


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("adding fractions with unlike denominators", "adding-fractions"),
        ("15 % of 80", None),
        ("what is a prime number", "factors-multiples"),
        ("I like music", None),
    ],
)
def test_the_longest_term_wins(text: str, concept: str | None) -> None:
    found = concept_in(text, SCHOOL)
    assert found == concept if concept else found in (None, "percentages")

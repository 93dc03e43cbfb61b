import pytest

from agents.context import tasks
from agents.context.encoder import unrationed
from benchmarks.context.task_messages import MESSAGES


def test_finds_the_task_of_most_messages_that_it_has_not_seen() -> None:
    model = tasks.default()
    vectors = unrationed().encode([text for _, text in MESSAGES])
    right = [model.task(text, vector) == task for (task, text), vector in zip(MESSAGES, vectors, strict=True)]
    words_only = [model.task(text) == task for task, text in MESSAGES]
    assert sum(right) / len(right) >= 0.85
    assert 0.5 <= sum(words_only) / len(words_only) <= sum(right) / len(right)
    known = {text for _, text in tasks.examples()}
    assert not known & {text for _, text in MESSAGES}


def test_probabilities_add_up() -> None:
    found = tasks.default().probabilities("What is a slope? " * 500)
    assert set(found) == set(tasks.TASKS)
    assert sum(found.values()) == pytest.approx(1)


def test_what_says_nothing_is_unknown() -> None:
    assert tasks.default().task("zxqv") == tasks.UNKNOWN
    assert {task for task, _ in tasks.examples()} == set(tasks.TASKS)

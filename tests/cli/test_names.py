import pytest

from cli.exits import USAGE, Failure
from cli.names import topic_named, topic_or_dlq
from schemas.topics import ALL, LEARNING_EVENTS, MESSAGES


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_a_topic_is_known_by_its_whole_and_its_short_name(topic: object) -> None:
    name = topic.name  # type: ignore[attr-defined]
    assert topic_named(name) is topic_named(name.removeprefix("masterx.")) is topic


def test_dead_letters_are_told_from_their_topic() -> None:
    assert topic_or_dlq("messages.DLQ") == (MESSAGES, True)
    assert topic_or_dlq("masterx.messages") == (MESSAGES, False)


@pytest.mark.parametrize(
    ("name", "said"), [("learning_events", "did you mean learning-events"), ("xyzzy", "there are messages, attempts")]
)
def test_an_unknown_topic_names_the_nearest_or_all(name: str, said: str) -> None:
    with pytest.raises(Failure, match=said) as failed:
        topic_named(name)
    assert failed.value.code == USAGE


def test_a_topic_that_apps_do_not_write_to_is_none_for_them() -> None:
    with pytest.raises(Failure, match="no topic that apps write to"):
        topic_named(LEARNING_EVENTS.name, from_apps=True)

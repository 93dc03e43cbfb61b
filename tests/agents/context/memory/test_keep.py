from agents.context.memory import keep
from agents.context.memory.keep import DAY_MICROS
from agents.context.memory.store import Item, Memory


def item(number: int, text: str, kind: str = "said", slot: str = "", day: int = 0) -> Item:
    return Item(number, kind, slot, number, day * DAY_MICROS, text)


def test_a_newer_answer_replaces_the_older() -> None:
    memory = keep.remember(Memory.empty(), [item(1, "I like maths", "liking", "likes:maths"), item(2, "Hello there")])
    memory = keep.remember(memory, [item(3, "I don't like maths any more", "liking", "likes:maths")])
    assert memory.texts() == ["Hello there", "I don't like maths any more"]


def test_two_answers_in_one_turn_leave_the_last() -> None:
    both = [item(1, "My name is Ada", "fact", "name"), item(2, "No, my name is Eva", "fact", "name")]
    assert keep.remember(Memory.empty(), both).texts() == ["No, my name is Eva"]


def test_what_was_said_before_is_kept_once_and_as_new() -> None:
    memory = keep.remember(Memory.empty(), [item(1, "The slope is 3"), item(2, "A line")])
    memory = keep.remember(memory, [item(3, "the slope is 3", day=9)])
    assert memory.texts() == ["A line", "the slope is 3"]


def test_the_weakest_are_forgotten_first() -> None:
    memory = Memory.empty()
    for day in range(40):
        memory = keep.remember(memory, [item(day + 1, f"chat number {day}", day=day)], most=10)
        if day == 0:
            memory = keep.remember(memory, [item(1000, "My name is Ada", "fact", "name")], most=10)
    assert len(memory) == 10
    assert "My name is Ada" in memory.texts()
    assert "chat number 39" in memory.texts()
    assert "chat number 2" not in memory.texts()


def test_a_learner_can_have_things_forgotten() -> None:
    memory = keep.remember(Memory.empty(), [item(1, "I hate word problems"), item(2, "I hate mornings")])
    assert keep.forget_on_request(memory, "Forget that I hate word problems!").texts() == ["I hate mornings"]
    assert keep.forget_on_request(memory, "I forget word problems") == memory
    assert keep.forget_on_request(memory, "forget about it") == memory


def test_items_are_erased_by_number() -> None:
    memory = keep.remember(Memory.empty(), [item(1, "one thing"), item(2, "another thing")])
    assert keep.erase(memory, [1]).texts() == ["another thing"]

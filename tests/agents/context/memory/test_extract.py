import pytest

from agents.context.memory import extract


@pytest.mark.parametrize(
    ("message", "kind", "slot"),
    [
        ("My name is Ada.", "fact", "name"),
        ("You can call me Ada.", "fact", "name"),
        ("I'm in grade 8", "fact", "grade"),
        ("My exam is on Friday.", "fact", "exam"),
        ("I got 7 out of 10 on the quiz.", "result", ""),
        ("I always mix up sine and cosine.", "mistake", ""),
        ("I want to become a nurse", "goal", ""),
        ("Pictures help me more.", "liking", ""),
        ("I really like geometry, it is fun", "liking", "likes:geometry"),
        ("I don't like geometry any more.", "liking", "likes:geometry"),
        ("My teacher is Ms. Okafor", "fact", "my:teacher"),
        ("I play the drums.", "fact", ""),
        ("I multiplied both sides by 2 and got 7", "said", ""),
    ],
)
def test_statements_of_a_learner(message: str, kind: str, slot: str) -> None:
    found = extract.items(3, 99, message, "")
    assert [(item.kind, item.slot, item.text, item.turn, item.at) for item in found] == [(kind, slot, message, 3, 99)]


@pytest.mark.parametrize(
    "message",
    [
        "Don't call me stupid.",
        "Don’t ever call me stupid!",
        "dont call me stupid",
        "please do not call me stupid",
        "You should never call me stupid",
    ],
)
def test_what_a_learner_does_not_want_to_be_called_is_no_name(message: str) -> None:
    assert [item.slot for item in extract.items(3, 99, message, "")] in ([], [""])


def test_promises_of_the_tutor_and_what_was_heard() -> None:
    found = extract.items(1, 0, "", "The slope of that line is 3. Next time we will look at the unit circle.")
    assert [(item.kind, item.text) for item in found] == [
        ("promise", "Next time we will look at the unit circle."),
        ("heard", "The slope of that line is 3."),
    ]


def test_questions_make_no_facts_and_small_talk_leaves_nothing() -> None:
    assert [item.kind for item in extract.items(1, 0, "Is my exam on Friday or on Monday next week?", "")] == ["said"]
    assert extract.items(1, 0, "ok thanks!", "Great.") == []


def test_a_turn_leaves_a_bounded_number_of_items_each_with_its_own_number() -> None:
    found = extract.items(7, 0, "I got 5 points today and more. " * 50, "There are 12 of these in the box. " * 50)
    assert len(found) <= extract.MOST_A_TURN
    assert len({item.number for item in found}) == len(found)
    assert all(7 * 16 <= item.number < 8 * 16 for item in found)


def test_asking_to_forget_is_no_statement() -> None:
    assert extract.forgotten("Please forget that I hate word problems.") == ["I hate word problems"]
    assert extract.items(1, 0, "Please forget that I hate word problems.", "") == []


def test_what_the_tutor_says_to_a_wish_to_forget_is_not_remembered() -> None:
    reply = "Of course, I will not speak of your brother Tomasz again."
    assert extract.items(1, 0, "Please forget about my brother Tomasz.", reply) == []


@pytest.mark.parametrize(
    "message",
    [
        "Forget about Tomasz.",
        "ok, so forget about Tomasz!",
        "Can you forget what I said about Tomasz?",
        "I'd like you to forget about Tomasz",
        "I was wrong, please forget about Tomasz.",
        "Hi tutor, you can forget about Tomasz now",
    ],
)
def test_what_the_tutor_is_asked_to_forget(message: str) -> None:
    [what] = extract.forgotten(message)
    assert what.startswith("Tomasz")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("I always forget about the minus sign.", "mistake"),
        ("I keep mixing signs up and forget about brackets.", "mistake"),
        ("I forget that zero is an even number.", "mistake"),
        ("Please don't forget that my exam is on Friday.", "fact"),
        ("I don't want you to forget that my exam is on Friday.", "fact"),
        ("Never forget that my brother is called Tomasz.", "fact"),
    ],
)
def test_what_a_learner_forgets_or_wants_kept_is_remembered(message: str, kind: str) -> None:
    assert extract.forgotten(message) == []
    assert [item.kind for item in extract.items(1, 0, message, "")] == [kind]
    assert extract.forgotten("I forget to flip it") == []

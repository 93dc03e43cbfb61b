import pytest

from agents.context.question import FORM, question
from tests.agents.questions import TURNED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a prime number?", "hey, can you please explain what prime numbers are?"),
        ("How do I find the area of a circle?", "how do you calculate a circle's area"),
        ("What is the difference between mean and median?", "how does the median differ from the mean?"),
        ("How do I turn a fraction into a decimal?", "what's the way to write a fraction as a decimal"),
        ("How are speed and velocity different?", "compare velocity with speed"),
        ("What is the hypotenuse of a right triangle?", "what is a right triangle's hypotenuse"),
        ("How do I add fractions with different denominators?", "steps for adding fractions with unlike denominators?"),
        ("Why is 1 not a prime number?", "explain why 1 isn't a prime number"),
        ("How do I find 20% of 80?", "show me how to calculate 20 percent of 80, please"),
    ],
)
def test_paraphrases_have_one_form(one: str, other: str) -> None:
    assert question(one, "explain") is not None
    assert question(one, "explain") == question(other, "explain")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a prime number?", "What is a prime factor?"),
        ("How do I turn a fraction into a decimal?", "How do I turn a decimal into a fraction?"),
        ("How do I find 20 percent of 80?", "How do I find 80 percent of 20?"),
        ("Why is every square a rectangle?", "Why is not every square a rectangle?"),
        ("Why is a square a rectangle?", "Why is a rectangle a square?"),
        ("What is the mean of a set?", "What is the median of a set?"),
        ("What is a right triangle?", "Can you give me an example of a right triangle?"),
        ("How do I add fractions with the same denominator?", "How do I add fractions with different denominators?"),
        ("How do I find the mean of 4 and 9?", "How do I find the mean of 4 and 8?"),
    ],
)
def test_questions_that_want_different_answers_differ(one: str, other: str) -> None:
    assert question(one, "explain") != question(other, "explain")


@pytest.mark.parametrize(("one", "other", "paraphrase"), TURNED)
def test_what_stands_where_is_what_is_asked(one: str, other: str, paraphrase: str) -> None:
    assert question(one, "explain") is not None
    assert question(other, "explain") is not None
    assert question(one, "explain") != question(other, "explain")
    assert not paraphrase or question(one, "explain") == question(paraphrase, "explain")


def test_an_old_form_is_none_of_todays() -> None:
    form = question("What is photosynthesis?", "explain")
    assert form is not None and (form.frame, form.words) == (f"define/{FORM}", ("photosynthesis",))


@pytest.mark.parametrize(
    "text",
    [
        "Can you explain this again?",
        "Why is it 12?",
        "what did you mean by the second step",
        "What is my weakest topic?",
        "I got 14. Is the answer right?",
        "So the difference in hours between the two trains is 8 - 6 = 2 hours and that is what we wanted",
        "ok thanks",
        "",
        "what is that",
        "What is a prime number? I feel so stupid.",
    ],
)
def test_what_does_not_stand_by_itself_has_no_form(text: str) -> None:
    assert question(text, "explain") is None


@pytest.mark.parametrize(
    "text",
    [
        "Who is Anna Schmidt in class 5b?",
        "who is anna schmidt in class 5b?",
        "do you know who Anna is?",
        "do you know who anna is?",
        "hi, who's anna schmidt",
        "Who was the last friend of Anna Schmidt?",
        "Who likes Anna?",
        "Who is Émile Roux?",
    ],
)
def test_a_question_for_somebody_by_name_has_no_form(text: str) -> None:
    assert question(text, "explain") is None


@pytest.mark.parametrize("text", ["Who invented calculus?", "who is the inventor of algebra", "Who eats foxes?"])
def test_a_question_for_somebody_unnamed_has_one(text: str) -> None:
    assert question(text, "explain") is not None


@pytest.mark.parametrize("task", ["practise", "check", "support", "plan", "smalltalk", "offtopic", "unsafe"])
def test_only_explanations_are_asked_for_twice(task: str) -> None:
    assert question("What is a prime number?", task) is None

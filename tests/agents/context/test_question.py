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


UNLIKE = """
What is a catalyst?|What is a catalyst used for?|What is a catalyst called?|What can a catalyst do?|What has a catalyst?
What is a catalyst?|What does a catalyst do?|What is in a catalyst?|What is a catalyst made of?|What is not a catalyst?
What is a catalyst?|What is the use of a catalyst?|What was a catalyst?|What will a catalyst do?|What makes a catalyst?
How does a catalyst work?|How is a catalyst used?|How do I use a catalyst?|How is a catalyst made?
How is a catalyst?|How fast is a catalyst?|How many catalysts are there?|How important is a catalyst?
When is a catalyst used?|When does a catalyst work?|When do I use a catalyst?|When was a catalyst used?
Where is a catalyst?|Where is a catalyst used?|Where does a catalyst go?|Where does a catalyst come from?
Why is a catalyst used?|Why does a catalyst work?|Why does a catalyst not work?|Why not use a catalyst?
What is an example of a catalyst?|Give an example of how a catalyst works|Give an example of why a catalyst is used
What is the difference between an acid and a base?|How big is the difference between an acid and a base?
What is the difference between mitosis and meiosis?|What is an example of the difference between mitosis and meiosis?
What is the difference between mitosis and meiosis?|What is the difference in use between mitosis and meiosis?
When did the Roman Empire fall?|When does the Roman Empire fall?
Why did the Roman Empire fall?|Did the Roman Empire fall?
Why do plants grow?|Why did plants grow?|Why can plants grow?|Why should plants grow?|Why must plants grow?
Why do plants sleep?|Why do plants want to sleep?|Why do plants need to sleep?|Why do plants try to sleep?
Are rectangles squares?|Are rectangles always squares?|Are rectangles sometimes squares?|Are most rectangles squares?
Why are rectangles squares?|Why are all rectangles squares?|Why can rectangles be squares?
Why are squares rectangles?|Why do rectangles have squares?
Is a square bigger than a circle?|Is a circle bigger than a square?|Is a square smaller than a circle?
How do I find all factors of 12?|How do I find a factor of 12?|How do I find any factor of 12?
How do I convert 5 km to metres?|How do I convert 5 metres to km?|How do I convert 5 km to miles?
How long is a metre?|What is a metre?|How many feet are in a metre?|How many metres are in a foot?
What is the past tense of go?|What is the past tense of see?|What is the past tense of do?|What is the past tense?
What is the opposite of in?|What is the opposite of with?|What is the opposite?
How do I write a story?|How do I change a story?|How do I turn a story?
How do I find money?|How do I calculate money?|How do I find the area of money?
What is a term of a sequence?|What is a sequence?|What is a word problem?|What is a problem?
What is the geometric mean of a set?|What is the arithmetic mean of a set?
How do fast cars work?|How fast do cars work?|What do bears fish?|What bears fish?
What are customs?|What is a custom?|What are goods?|What is good?
How do I test for starch?|How do I test with starch?|How do I test starch?
Who uses a lens?|What uses a lens?|What is used in a lens?|What lens is used?
What is the capital of Korea?|What is the capital of South Korea?|What was the capital of Korea?
"""


@pytest.mark.parametrize("unlike", [line.split("|") for line in UNLIKE.split("\n") if line])
def test_no_two_of_these_have_one_form(unlike: list[str]) -> None:
    forms = [form for form in (question(text, "explain") for text in unlike) if form is not None]
    assert len(forms) > 1
    assert len({(form.frame, form.words) for form in forms}) == len(forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a catalyst used for?", "can you explain what catalysts are used for"),
        ("Why is the sky blue?", "what is the reason that the sky is blue"),
        ("How is a catalyst made?", "explain how catalysts are made"),
        ("What is the formula for the area of a circle?", "formula for a circle's area please"),
        ("How do I calculate the slope of a line?", "what are the steps for finding the slope of a line"),
        ("When do I use the subjunctive?", "can you tell me when you use the subjunctive"),
    ],
)
def test_what_is_asked_in_other_words_is_the_same(one: str, other: str) -> None:
    assert question(one, "explain") is not None
    assert question(one, "explain") == question(other, "explain")


@pytest.mark.parametrize(
    "text",
    [
        "Is Anna right that 7 is prime?",
        "is anna right that 7 is prime?",
        "Why is Anna sad?",
        "What is the formula for Anna's weight?",
        "why does mr brown say that zero is even?",
        "Why did I fail?",
        "Why do you hate fractions?",
        "How do I stop cutting?",
        "What should I do when a test is hard?",
        "Why did we lose?",
        "why does she hate maths?",
        "Who is the best in class 5b?",
        "Who is the best in the class?",
    ],
)
def test_what_speaks_of_somebody_has_no_form(text: str) -> None:
    assert question(text, "explain") is None


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

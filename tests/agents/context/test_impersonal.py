import pytest

from agents.context.impersonal import is_impersonal, vocabulary


@pytest.mark.parametrize(
    "text",
    [
        "What is a prime number?",
        "hi, i don't know what photosynthesis is",
        "Explain Newton's second law",
        "Why did the French Revolution begin?",
        "Why did the Roman Empire fall?",
        "What is the capital of India?",
        "When did the Second World War end?",
        "How does DNA replicate?",
        "How do I find the LCM of 4 and 6?",
        "What is the derivative of x²?",
        "How do I balance 2H₂ + O₂ = H₂O?",
        "What does Na + Cl form?",
        "How do I convert 5 MW to watts?",
        "How do I round 34768 to the nearest ten?",
        "Hello. What is the mean of 4, 8, 15, 16, 23 and 42?",
        "WHAT IS A PRIME NUMBER?",
        "What's the capital of France?",
    ],
)
def test_what_speaks_of_nobody(text: str) -> None:
    assert is_impersonal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is Anna right that 7 is prime?",
        "is anna right that 7 is prime?",
        "IS ANNA RIGHT?",
        "What is a prime, Anna?",
        "Anna, what is a prime?",
        "Is Grace right?",
        "is grace right?",
        "Why is Rose sad?",
        "Is Roman right?",
        "why does india hate maths?",
        "What does Maya want?",
        "is pa right?",
        "why is mother angry?",
        "Is Jo right?",
        "does jo like maths?",
        "What does Brown mean by a prime?",
        "Is Mr Brown right?",
        "is dr. white right?",
        "Why does mum say that maths is hard?",
        "Why is the teacher angry?",
        "How do I find tomasz?",
        "Is Émile right?",
        "Was ist eine Primzahl?",
        "Who does 0171 2345678 belong to?",
        "Whose number is 12345678?",
        "What is 4111 1111 1111 1111?",
        "Who writes from anna@example.com?",
        "What is on www.example.org?",
        "Who lives at 12 Baker Street?",
        "who lives at 12 long road?",
    ],
)
def test_what_may_speak_of_somebody(text: str) -> None:
    assert not is_impersonal(text)


def test_no_given_name_is_a_word_of_the_vocabulary() -> None:
    given = "anna bob will rose mark grace hope faith joy bill sue pat jack frank dean max amy tom harry dick peter"
    assert vocabulary().isdisjoint(given.split(" "))

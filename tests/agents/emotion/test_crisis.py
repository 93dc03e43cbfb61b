import pytest

from agents.emotion.crisis import speaks_of_crisis


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself",
        "i wanna die",
        "I just want to disappear forever",
        "I don't want to be alive anymore",
        "i dont want to live",
        "there's no reason to live",
        "I can't go on like this",
        "everyone would be better off without me",
        "I've been cutting again",
        "I'm going to hurt myself tonight",
        "thinking about suicide a lot",
        "kms",
        "I wish I was dead",
        "i wish i was never born",
        "I took all my pills",
        "my dad hits me when he drinks",
        "he said he is going to kill me",
        "I'm gonna shoot up the school",
        "nobody would care if i died",
        "I want to end my life",
        "I WANT TO END IT ALL",
        "i want to d\u200bie",
        "life isn't worth living",
        "goodbye cruel world",
    ],
)
def test_crisis_language_is_found(text: str) -> None:
    assert speaks_of_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "this homework is killing me",
        "I could die of boredom",
        "lol I want to die laughing",
        "Suicide Squad was a bad film",
        "how many people died in the war?",
        "the function dies off quickly as x grows",
        "I give up, this is stupid",
        "I hate fractions",
        "I don't want to wake up at six for the exam",
        "I'll die on this hill: zero is even",
        "a battery's life is 20 hours; when does it end?",
        "cut the pizza into 8 slices",
        "I will never finish this",
        "",
        "\ud800",
        "x^2 + 3x = 0",
    ],
)
def test_everyday_language_is_not(text: str) -> None:
    assert not speaks_of_crisis(text)

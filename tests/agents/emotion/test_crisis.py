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
        "I would rather die than live like this",
        "im going to die tonight and nobody will know",
        "I hope I never wake up",
        "I dont want to wake up tomorrow",
        "I wish I didn't exist",
        "I want to jump in front of a train",
        "what's the point of living",
        "the world would be better without me",
        "I don't deserve to live",
        "want to die",
        "how many pills does it take to die",
        "I was raped",
        "I'm being abused at home",
        "my dad hit me last night",
        "my dad will kill me if I tell anyone",
        "my friend wants to kill herself",
        "I'm going to kill my teacher",
        "how do people commit suicide",
        "why did my brother commit suicide",
        "Romeo had it easy. I am thinking about suicide",
        "I took an overdose",
        "I'm going to take these pills",
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
        "kill the process and its children",
        "I want to roll a die 6 times, what is the probability of a six?",
        "I think the cells will die",
        "I want to die() when the file is missing",
        "a car travels 60 kms per hour",
        "convert 5 kms to miles",
        "How do I write a goodbye world program?",
        "Why did Romeo commit suicide?",
        "Durkheim's study of suicide: what were the four types?",
        "kamikaze pilots flew suicide attacks",
        "apoptosis: the cell commits suicide",
        "What happens in an opioid overdose, and how does naloxone reverse it?",
        "a diver jumping from a balcony 10 m up: how fast?",
        "the light hits me at an angle of 30 degrees",
        "that beats me",
        "my brother beat me at chess",
        "I hate life science",
        "take my life as an example",
        "write to the file and end it all with a semicolon",
        "there is no reason to live near a volcano",
        "Socrates said the unexamined life is not worth living",
        "I don't want to go on to the next chapter yet",
        "I cut myself a slice of pizza and ate 1/8",
        "in my story I want to kill him off",
        "my mom is going to kill me if I fail",
        "I'd rather die than do fractions",
        "Mr. Johnson has been taking the pills for 24 days. How many are left?",
    ],
)
def test_everyday_language_is_not(text: str) -> None:
    assert not speaks_of_crisis(text)


@pytest.mark.parametrize("mark", "\u2018\u2019\u201b\u02bc\u00b4\u2032\uff07`")
def test_an_apostrophe_may_be_any_that_a_keyboard_has(mark: str) -> None:
    assert speaks_of_crisis(f"i don{mark}t want to live")


@pytest.mark.parametrize(
    "text",
    [
        "I WANT TO DIE",
        "I want\u00a0to\u3000die",
        "I want to di\u200d\ufeffe",
        "\uff29 \uff57\uff41\uff4e\uff54 \uff54\uff4f \uff44\uff49\uff45",
        "i want to d\u0336i\u0336e\u0336",
        "i want to *die*",
        "I want ... to die",
        "i want to dieeeee",
        "i want to killllll myself",
        "hang my\u2011self",
        "\U0001f62d i want to die \U0001f62d",
    ],
)
def test_however_it_is_typed(text: str) -> None:
    assert speaks_of_crisis(text)


@pytest.mark.parametrize("before", [0, 1700, 4000, 7900])
def test_all_of_a_long_text_is_read(before: int) -> None:
    filling = "we add the two numbers. "
    text = (filling * 400)[:before] + " I want to kill myself. " + (filling * 400)[: 7900 - before]
    assert speaks_of_crisis(text)
    assert not speaks_of_crisis(filling * 330)

"""Long histories of made-up learners, with facts planted in them and messages that call for each fact."""

import random
from dataclasses import dataclass

TURNS = 200
SITTING_TURNS = 16
DAY = 86_400 * 1_000_000
MINUTE = 60 * 1_000_000
START = 1_730_000_000_000_000
RECENT = 6


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement, who makes it, the part that has to be recalled, and messages that call for it."""

    statement: str
    needed: str
    asked: tuple[str, ...]
    by_tutor: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of a history. `sent_at`: microseconds, UTC; `sitting` counts from 0."""

    message: str
    reply: str
    sent_at: int
    sitting: int


@dataclass(frozen=True, slots=True)
class History:
    """Exchanges, oldest first, and the facts planted before the last few of them."""

    exchanges: tuple[Exchange, ...]
    facts: tuple[Fact, ...]


FACTS = (
    Fact("I always mix up sine and cosine.", "sine and cosine", ("Which two trig ratios do I keep confusing?",)),
    Fact("My exam is on the 14th of March.", "14th of March", ("How many days are left until my test?",)),
    Fact("I play the drums in a band.", "drums", ("Can you use something from my hobby as an example?",)),
    Fact("Pictures help me more than formulas.", "Pictures", ("How do I like things explained best?",)),
    Fact("My little brother is called Tomasz.", "Tomasz", ("Make up a story with my sibling in it, use his name.",)),
    Fact(
        "I only have twenty minutes on Tuesdays.", "twenty minutes", ("How long is my slot for practice on Tuesday?",)
    ),
    Fact(
        "Next time we will start with the unit circle.",
        "unit circle",
        ("What did you say we would begin with?",),
        by_tutor=True,
    ),
    Fact("I want to become a nurse.", "nurse", ("Why would I need percentages in the job I am aiming for?",)),
    Fact("I got 17 out of 24 on the ratio quiz.", "17 out of 24", ("What was my score on the ratio quiz?",)),
    Fact(
        "I keep forgetting to flip the second fraction when I divide.",
        "flip the second fraction",
        ("What is my usual slip when I divide fractions?",),
    ),
    Fact("My teacher is Ms. Okafor.", "Okafor", ("Who teaches my class? I need to write to her.",)),
    Fact("I am in grade 8.", "grade 8", ("Is this right for my year of school?",)),
    Fact("I hate word problems.", "word problems", ("Which kind of exercise do I dislike most?",)),
    Fact("We moved here from Gdansk last summer.", "Gdansk", ("In which city did I live before?",)),
    Fact("I support Arsenal and never miss a match.", "Arsenal", ("Give me an example with my favourite team.",)),
    Fact("English is not my first language.", "first language", ("Why should you use simple words with me?",)),
    Fact("I share one laptop with my sister.", "laptop", ("Why can't I always log in when I want to?",)),
    Fact("Negative numbers confuse me every time.", "Negative numbers", ("Which numbers do I find hardest?",)),
    Fact(
        "I'll prepare three exercises on slopes for you.",
        "three exercises on slopes",
        ("Did you make those exercises you promised?",),
        by_tutor=True,
    ),
    Fact(
        "I'm colour-blind, so red and green look the same to me.", "colour-blind", ("Can you pick colours I can see?",)
    ),
    Fact("My mum checks my homework on Sundays.", "Sundays", ("When does my mother look at my work?",)),
    Fact(
        "I want to pass the entrance test for Lakeside School.", "Lakeside", ("Which school am I trying to get into?",)
    ),
    Fact("I learn best early in the morning.", "morning", ("What time of day should I study?",)),
    Fact("I scored 62 percent on the algebra mock.", "62 percent", ("How did I do in the algebra mock?",)),
    Fact("My dog is called Pixel.", "Pixel", ("Put my pet into the next exercise.",)),
    Fact("I build model trains with my grandfather.", "model trains", ("What do I build with my grandpa?",)),
    Fact("I get nervous when someone times me.", "nervous", ("Should we do this one against the clock?",)),
    Fact("I often skip the units in my answers.", "skip the units", ("What do I tend to leave out in my answers?",)),
)

TOPICS = ("fractions", "decimals", "percentages", "linear equations", "ratios", "areas", "averages", "powers", "angles")
ASKS = (
    "How do I work with {topic} when there are two steps?",
    "I think the answer is {a}, is that right?",
    "Can you explain {topic} again?",
    "What is {a} times {b}?",
    "So do I put {a} over {b} or the other way round?",
    "I multiplied both sides by {b} and got {a}.",
    "why do we need to simplify here",
    "ok next one please",
    "I don't get the second step.",
    "We did {topic} in class today and the book says {a}.",
    "The slope is {a} and the intercept is {b}, so the line goes up.",
    "can I get a hint",
    "Is {a}/{b} the same as {b}/{a}?",
    "Thanks, that helps. Another one on {topic}?",
    "I drew a number line and marked {a} and {b} on it.",
)
REPLIES = (
    "Good. Look at the numbers again: {a} and {b} have a common factor. What is it?",
    "Not quite. If you take {a} away from both sides, what is left on the right?",
    "Exactly, {a} is right. The rule behind it is that both parts are scaled by {b}. Try it with {c} now.",
    "Let us go through {topic} slowly. First write down what is known. Then find what is asked. You have {a} and {b}.",
    "Think of {topic} as sharing: {a} people share {b} things. How much does each of them get?",
    "Well done. The next one is a bit harder: what is {a} divided by {c}? Take your time and write each step down.",
    "That is a common question about {topic}. The order does not matter when you add, but it does when you divide.",
)


def make(seed: int, turns: int = TURNS, planted: int = 12) -> History:
    """The history with number `seed`: the same for the same number."""
    rng = random.Random(seed)
    facts = rng.sample(FACTS, planted)
    places = dict(zip(sorted(rng.sample(range(turns - RECENT), planted)), facts, strict=True))
    exchanges = []
    sitting_start = START
    for turn in range(turns):
        if turn % SITTING_TURNS == 0:
            sitting_start += rng.randrange(1, 8) * DAY
        numbers = {"a": rng.randrange(2, 99), "b": rng.randrange(2, 99), "c": rng.randrange(2, 20)}
        topic = rng.choice(TOPICS)
        message = rng.choice(ASKS).format(topic=topic, **numbers)
        reply = rng.choice(REPLIES).format(topic=topic, **numbers)
        fact = places.get(turn)
        if fact is not None and fact.by_tutor:
            reply = f"{reply} {fact.statement}"
        elif fact is not None:
            message = f"{fact.statement} {message}" if rng.random() < 0.5 else fact.statement
        at = sitting_start + turn % SITTING_TURNS * 2 * MINUTE
        exchanges.append(Exchange(message, reply, at, turn // SITTING_TURNS))
    return History(tuple(exchanges), tuple(facts))

"""A question that stands by itself, in a form that its paraphrases share: what kind of answer it wants, about what.

Two questions with the same form want the same answer. That is a matter of words, not of likeness: "a fraction as a
decimal" and "a decimal as a fraction" are near twins to a sentence encoder. So the form keeps every number, sign and
negation, and the words in their order; only the sides of a comparison may change places.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from agents.context import frames
from agents.context.impersonal import is_impersonal
from agents.context.notation import is_sign, tokens, written

# Another one with each change of what a form keeps, so that nothing is found by an old form.
FORM = 3
MOST_CHARS = 240
MOST_WORDS = 20
FEWEST_LETTERS = 3
# What asks for an explanation of something; an exercise, a check or comfort is about the learner's own moment.
TASKS = frozenset({"explain", "unknown"})


def _either(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


# What points to something outside the message, or to the learner: then the words alone don't say what is asked.
POINTING = re.compile(
    r"\b"
    + _either(
        r"this|these|those|it|its|it's|them|they|he|she|here|there|above|below|before|previous\w*|last|again|next",
        r"(?:is|does|do|did|explain|about|understand|why|how|for|with) that",
        r"that (?:one|part|step|way|again|right|wrong|mean|work)|that$",
        r"another|other way|same way|earlier|still|instead|else|more|today|now|yesterday|tomorrow",
        r"you (?:said|did|got|wrote|mean|meant)|answer|exercise|homework|question \d+",
        r"(?:class|grade|year|form|room|group|set) ?\d+[a-z]?",
        r"the (?:class|test|exam|quiz|school|lesson|trip|team|match|game)",
        r"step [a-z\d]+|(?:first|second|third|last) (?:step|part|line|one|question)",
        r"my|mine|myself|our|us|i'm|i've",
        r"i (?:got|get|think|tried|did|have|had|wrote|was|am|put|used|thought|keep|always|also|feel|need|forgot)",
    )
    + r"\b"
)
ADDRESSED = re.compile(r"\b(?:(?:to|for|show|tell|give|help|remind|teach) (?:me|us)|more than one)\b")

# Who somebody is may be asked about a classmate: that is kept for nobody. A name has a capital, or follows at once.
SOMEBODY = re.compile(r"^who(?:'s| is| was| are| were) (?!(?:the|an?)\b)|^who .+ (?:is|was|are|were)$")
NAME = re.compile(r"\w,? [^\W\d_a-z][^\W\d_]")

GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|ok|okay|so|well|um|please|pls|quick question|question|sorry|excuse me|and|but)\b"
    r"[\s,.!:-]*)+"
)
ASKING = re.compile(
    "^"
    + _either(
        r"(?:can|could|would|will) you (?:please |kindly |maybe )?(?:to )?",
        r"please |do you know |let me know |i wonder |i am wondering ",
        r"i (?:really )?(?:don'?t|do not|didn'?t|can'?t) (?:really |quite )?(?:know|understand|get|remember|see) ",
        r"i(?:'d| would)? (?:like|want|love|wish) to (?:know|understand|learn|see) ",
        r"(?:tell|remind|teach) me (?:about |please )?|help me (?:to )?(?:understand|see|with) ",
        r"(?:explain|describe|clarify|show)(?: to me| for me| me| us)?(?: please)? "
        r"(?=what|how|why|when|where|which|who|whether)",
    )
)
CLOSING = re.compile(
    r"(?:[\s,]*\b(?:please|pls|thanks|thank you|for me|to me|tutor|in simple words|simply)\b)+[\s.!?]*$"
)

# What is asked without a question mark begins like this, or is short.
OPENING = re.compile(
    r"(?:what|how|why|when|where|who|which|is|are|explain|describe|define|show|give|compare|clarify|steps?)\b"
)
FEW_CHARS = 60
SEVERAL = re.compile(r"[.!?;]\s+\w")

ARTICLES = frozenset({"a", "an", "the"})
# Behind an article that belongs to none of these stands what it is the article of.
RELATIONS = frozenset(
    re.findall(r"\w+", "to from into onto on by as than over per or not no never of in at for with and")
)
SAY_NOTHING = (
    RELATIONS | ARTICLES | frozenset(re.findall(r"\w+", "was were is are do does did can could has have had will"))
)
# Two words that say one thing.
REWORDED = (
    (re.compile(r"%"), " percent "),
    (re.compile(r"\badd(?:s|ing)? up to\b|\b(?:is )?equals?(?: to)?\b(?! \w+s\b)"), " equal "),
    (re.compile(r"\bcan(?:'?t|not)\b"), " can not "),
    (re.compile(r"\b(is|are|does|do)nt\b|n't\b"), r"\1 not "),
    (re.compile(r"&"), " and "),
    (re.compile(r"\b(?:that|which) ha(?:s|ve)\b"), " with "),
    (re.compile(r"\bunlike (?=denominators?\b)"), "different "),
    (re.compile(r"\b(?:equal|like) (?=denominators?\b)"), "same "),
    (re.compile(r"\bwhat's\b"), "what is"),
)
IS = re.compile(r"\b(what|who|where|when|why|how|there|here)'s\b")
POSSESSIVE = re.compile(r"\b(?:(?:an?|the) ((?:[a-z]+ )?[a-z]+)|([a-z]+))'s (nth term|[a-z]+)\b")
PERSONS = frozenset(
    re.findall(r"[\w']+", "i me we us you your yours am i'm we're you're him his her hers someone somebody")
)
SAME = {
    word: words.split()[0]
    for words in (
        "is are",
        "was were",
        "do does",
        "have has",
        "all every each",
        "percent percentage percentages",
        "maths math mathematics",
        "multiplied multiplying",
    )
    for word in words.split()
}
# In a question that yes or no answers.
MAY = {"could": "can"}
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = {word: str(number) for number, word in enumerate(NUMBERS.split())}
# With an s they are something else.
NO_PLURALS = frozenset(
    re.findall(r"\w+", "arms ashes contents customs glasses goods manners means minutes morals news odds species works")
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `frame` says what kind of answer is wanted, `words` what about.

    `words` are stems, numbers and signs in the message's order, the sides of a comparison sorted.
    """

    frame: str
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def question(text: str, task: str) -> Question | None:
    """The form of a message that can be answered without knowing who asks or what was said before, and that speaks of
    nobody; else None."""
    if task not in TASKS or len(text) > MOST_CHARS or "\n" in text.strip() or not is_impersonal(text):
        return None
    bare = GREETING.sub("", written(text))
    if SEVERAL.search(bare) or not ("?" in bare or len(bare) <= FEW_CHARS or OPENING.match(bare)):
        return None
    bare = CLOSING.sub("", bare).strip(" .!?,;:")
    while (shorter := ASKING.sub("", bare)) != bare:
        bare = GREETING.sub("", shorter)
    if POINTING.search(ADDRESSED.sub(" ", bare)) or (
        bare.startswith("who") and (SOMEBODY.search(bare) or NAME.search(text))
    ):
        return None
    # "the circle's area" is the area of the circle.
    bare = POSSESSIVE.sub(lambda found: f"{found[3]} of {found[1] or found[2]}", IS.sub(r"\1 is", bare))
    for pattern, word in REWORDED:
        bare = pattern.sub(word, bare)
    read = frames.read(" ".join(bare.split()))
    if read is None:
        return None
    frame, texts = read
    sides = [_words(side) for side in texts]
    if not any(any(map(is_sign, side)) for side in sides):
        sides.sort()
    words = tuple(word for number, side in enumerate(sides) for word in (*[":and"] * (number > 0), *side))
    if len(words) > MOST_WORDS or not all(sides):
        return None
    if not any(len(word) >= FEWEST_LETTERS and word.isalpha() and word not in SAY_NOTHING for word in words):
        return None
    return Question(f"{frame}/{FORM}", words)


def _words(text: str) -> list[str]:
    """Of the text, in its order; none where it speaks of somebody."""
    found = list(tokens(text))
    words: list[str] = []
    for place, (token, is_letter) in enumerate(found):
        following = found[place + 1][0] if place + 1 < len(found) else ""
        if is_letter:
            words.append(token)
        elif token in PERSONS:
            return []
        elif not (token in ARTICLES and following[:1].isalnum() and following not in RELATIONS):
            words.append(_word(token))
    if words[:1] == ["could"]:
        words[0] = MAY["could"]
    return words


def _word(token: str) -> str:
    token = NUMBER_WORDS.get(token, token)
    token = SAME.get(token, token)
    singular = _singular(token)
    return SAME.get(singular, singular)


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics")) or word in NO_PLURALS:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]

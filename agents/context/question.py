"""A question that stands by itself, in a form that its paraphrases share: what kind of answer it wants, about what.

Two questions with the same form want the same answer. That is a matter of words, not of likeness: "a fraction as a
decimal" and "a decimal as a fraction" are near twins to a sentence encoder. So the form keeps every number, every
negation, and the order of words wherever the order carries the meaning.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from agents.context.attacks import plain

MOST_CHARS = 240
MOST_WORDS = 12
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
        r"step [a-z\d]+|(?:first|second|third|last) (?:step|part|line|one|question)",
        r"my|mine|myself|our|us|i'm|i've",
        r"i (?:got|get|think|tried|did|have|had|wrote|was|am|put|used|thought|keep|always|also|feel|need|forgot)",
    )
    + r"\b"
)
ADDRESSED = re.compile(r"\b(?:(?:to|for|show|tell|give|help|remind|teach) (?:me|us)|more than one)\b")

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
        r"(?:explain|describe|clarify)(?: to me| for me)?(?: please)? (?=what|how|why|when|where|which|who|whether)",
    )
)
CLOSING = re.compile(
    r"(?:[\s,]*\b(?:please|pls|thanks|thank you|for me|to me|tutor|in simple words|simply)\b)+[\s.!?]*$"
)

# What is asked without a question mark begins like this, or is short.
OPENING = re.compile(
    r"(?:what|how|why|when|where|who|which|is|are|explain|describe|define|show|give|compare|clarify)\b"
)
FEW_CHARS = 60
SEVERAL = re.compile(r"[.!?;]\s+\w")

# The first that fits: its name, words one of which it holds (looked for first: that is cheap), and its patterns.
FRAMES = tuple(
    (name, words.split(), re.compile(_either(*patterns)))
    for name, words, patterns in (
        (
            "difference",
            "differ distinguish compare",
            (
                r"\b(?:differences?|differs?|different)\b(?=.*\b(?:between|from|and)\b)",
                r"^how (?:is|are|do|does) .+ differ(?:ent)?\b",
                r"\b(?:distinguish|compare)\b",
            ),
        ),
        ("example", "example instance", (r"\bexamples?\b", r"\bfor instance\b")),
        ("formula", "formula equation", (r"\bformulas?\b", r"\bequation for\b")),
        ("why", "why reason come", (r"^why\b", r"\breasons?\b", r"^how come\b", r"\bexplain why\b")),
        ("when", "when", (r"^when\b",)),
        ("where", "where", (r"^where\b",)),
        ("who", "who", (r"^who\b",)),
        (
            "how",
            "how step way method ation of",
            (
                r"^how (?!(?:many|much|long|old|often|far|big|high)\b)",
                r"\bsteps? (?:for|to|in|of)\b",
                r"\b(?:way|method) (?:to|of|for)\b",
                r"\b(?:show|teach|explain)(?: me)? how\b",
                r"^(?:explain|describe|show(?: me)?) (?:\w+ )?(?:division|multiplication|addition|subtraction) of\b",
            ),
        ),
        (
            "define",
            "what defin meaning explain describe clarify",
            (r"^what\b", r"\bdefin\w+\b", r"\bmeaning\b", r"^(?:explain|describe|clarify)\b"),
        ),
        ("yesno", "", (r"^(?:is|are|was|were|does|do|did|can|could|has|have|will|should)\b",)),
    )
)

NOISE = frozenset(
    re.findall(
        r"\w+",
        """
        a an the some any every each all do does did is are was were be been being am i you we me us your in on at for
        by with and or that which there it its have has had to from into as than of can could would should will shall
        may might what how why when where who whose please show tell give explain describe clarify define defined
        definition meaning mean means meant call called word term say know understand learn see work out about go going
        use used using difference differ differs between compare distinguish example examples instance formula reason
        reasons step steps way ways method methods simple exactly really actually just basically always person people
        """,
    )
)
# Two words that say one thing, and words that mean something here that they do not mean elsewhere.
REWORDED = (
    (re.compile(r"\b(?:the|a|arithmetic|geometric) means?\b"), " average "),
    (re.compile(r"\bmean (?:and|or) (?=\w)|\b(?:and|from) mean\b"), " average "),
    (re.compile(r"\btak(?:e|ing) away\b|\bminus\b"), " subtract "),
    (re.compile(r"%"), " percent "),
    (re.compile(r"\badd(?:s|ing)? up to\b|\bequals?\b|\bis equal to\b"), " equal "),
    (re.compile(r"\bwork(?:s|ed|ing)? out\b|\bfigure out\b"), " find "),
    (re.compile(r"n't\b|\bcannot\b"), " not "),
)
NEGATIONS = frozenset({"not", "no", "never", "without", "cannot", "cant", "isnt", "arent", "doesnt", "dont"})
NEGATION = re.compile(r"n't\b|\b(?:" + "|".join(sorted(NEGATIONS)) + r")\b")
# What is done to what, and what is what: there the order of the words is the question.
ORDERED = frozenset({"convert", "divide", "subtract", "than", "percent"})
ORDERED_FRAMES = frozenset({"why", "yesno", "when"})
POSSESSIVE = re.compile(r"\b([a-z]+)'s ([a-z]+)\b(?! (?:the|a|an)\b)")
SAME = {
    word: words.split()[0]
    for words in (
        "find calculate calculating compute computing determine get finding obtain evaluate",
        "convert turn change rewrite transform write express converting changing turning",
        "multiply multiplication multiplied multiplying times",
        "divide division divided dividing",
        "add addition adding added",
        "subtract subtraction subtracting subtracted",
        "factor factorise factorize factoring factorising factors",
        "different unlike",
        "same equal like",
        "percent percentage percentages",
        "maths math mathematics",
        "solve solving",
        "expand expanding",
    )
    for word in words.split()
}
TOKEN = re.compile(r"\d+(?:[.,/:]\d+)*|[^\W\d_]+(?:[’'-][^\W\d_]+)*|[+*/=<>^√π-]")
NUMBER_WORDS = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "ten": "10"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `frame` says what kind of answer is wanted, `words` what about.

    `words` are stems, sorted; in the order of the message where the order matters.
    """

    frame: str
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def question(text: str, task: str) -> Question | None:
    """The form of a message that can be answered without knowing who asks or what was said before; else None."""
    if task not in TASKS or len(text) > MOST_CHARS or "\n" in text.strip():
        return None
    bare = GREETING.sub("", plain(text).lower().replace("’", "'").strip())
    if SEVERAL.search(bare) or not ("?" in bare or len(bare) <= FEW_CHARS or OPENING.match(bare)):
        return None
    bare = CLOSING.sub("", bare).strip(" .!?,;:")
    while (shorter := ASKING.sub("", bare)) != bare:
        bare = GREETING.sub("", shorter)
    if POINTING.search(ADDRESSED.sub(" ", bare)):
        return None
    frame = _frame(bare)
    if not frame:
        return None
    words = [word for word in _words(bare) if frame != "difference" or word != "different"]
    if not any(len(word) >= FEWEST_LETTERS and word.isalpha() for word in words) or len(words) > MOST_WORDS:
        return None
    if frame not in ORDERED_FRAMES and ORDERED.isdisjoint(words):
        words.sort()
    return Question(f"{frame}-not" if NEGATION.search(bare) else frame, tuple(words))


def _frame(bare: str) -> str:
    for name, words, pattern in FRAMES:
        if (not words or any(word in bare for word in words)) and pattern.search(bare):
            return name
    return ""


def _words(bare: str) -> list[str]:
    """What is left of a question without the words that any question of its kind has, in the message's order."""
    # "the circle's area" is the area of the circle.
    bare = POSSESSIVE.sub(r"\2 of \1", bare)
    for pattern, word in REWORDED:
        bare = pattern.sub(word, bare)
    found = []
    for token in TOKEN.findall(bare):
        token = NUMBER_WORDS.get(token, token)
        if token in NOISE or token in NEGATIONS:
            continue
        token = _singular(SAME.get(token, token))
        found.append(SAME.get(token, token))
    return found


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]

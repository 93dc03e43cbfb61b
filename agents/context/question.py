"""A question that stands by itself, in a form that its paraphrases share: what kind of answer it wants, about what.

Two questions with the same form want the same answer. That is a matter of words, not of likeness: "a fraction as a
decimal" and "a decimal as a fraction" are near twins to a sentence encoder. So the form keeps every number, sign and
negation, and the words in their order; only the sides of a comparison may change places.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from agents.context.notation import is_sign, tokens, written

# Another one with each change of what a form keeps, so that nothing is found by an old form.
FORM = 2
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
                r"^how (?:is|are|do|does) .+ differ(?:ent)?$",
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
# What may be asked of a difference, an example or a formula besides what it is; how to find one asks for itself.
FURTHER = {
    "difference": frozenset({"why", "when", "where", "who"}),
    "example": frozenset({"why", "when", "where", "who"}),
    "formula": frozenset({"why", "when", "where", "who", "how"}),
}

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
    (re.compile(r"\b(?:means?|meant|understand|understood) by\b"), " "),
    (re.compile(r"\b(?:the|a|arithmetic|geometric) means?\b"), " average "),
    (re.compile(r"\bmean(?= (?:and|or) \w)|(?<=\band )mean\b|(?<=\bfrom )mean\b"), " average "),
    (re.compile(r"\btak(?:e|ing) away\b"), " subtract "),
    (re.compile(r"%"), " percent "),
    (re.compile(r"\badd(?:s|ing)? up to\b|\b(?:is )?equals?(?: to)?\b"), " equal "),
    (re.compile(r"\bwork(?:s|ed|ing)? out\b|\bfigure out\b"), " find "),
    (re.compile(r"\bcan(?:'?t|not)\b"), " can not "),
    (re.compile(r"\b(is|are|does|do)nt\b|n't\b"), r"\1 not "),
    (re.compile(r"&"), " and "),
    (re.compile(r"\b(?:how|order|used?|need|want|like|try|possible|able) to\b"), " "),
    (re.compile(r"\b(?:ways?|methods?|steps?) (?:to|for|of|in)\b"), " "),
)
NEGATIONS = frozenset({"not", "no", "never", "without", "cannot", "cant", "isnt", "arent", "doesnt", "dont"})
NEGATION = re.compile(r"n't\b|\b(?:" + "|".join(sorted(NEGATIONS)) + r")\b")
# Who does what to whom: what stands on which side of these is another question. They are marked, so that the cache
# sees without knowing them that they are no word that might be left out.
MARK = ":"
DIRECTIONS = frozenset(re.findall(r"\w+", "to from into onto on by as than over per or not no never without was"))
# Among numbers and signs they say what belongs to what.
RELATIONS = DIRECTIONS | frozenset(re.findall(r"\w+", "of in at for with between and"))
SIDES = frozenset({":and", ":from", ":with"})
# After "convert" they say the same.
BECOMING = {":into": ":to", ":as": ":to"}
TIMES = frozenset({":by", ":with"})
# How a question is put that yes or no answers.
AUXILIARY = re.compile(r"^(is|are|was|were|do|does|did|can|could|has|have|had|will|should)\b")
AUXILIARIES = {"are": "is", "were": "was", "does": "do", "could": "can", "have": "has"}
QUANTIFIERS = {"some": "some", "any": "any", "all": "all", "every": "all", "each": "all"}
# Who killed is not who was killed, and what has a nucleus not what is one.
PASSIVE = re.compile(r"\b(?:were|been|being|(?:is|are|be|gets?|got)(?= \w{2,}[^\We]ed\b))\b")
HAVING = re.compile(r"^(?:what|who) ha(?:s|ve|d)\b")
IS = re.compile(r"\b(what|who|where|when|why|how|there|here)'s\b")
POSSESSIVE = re.compile(r"\b(?:(?:an?|the) ((?:[a-z]+ )?[a-z]+)|([a-z]+))'s ([a-z]+)\b")
SAME = {
    word: words.split()[0]
    for words in (
        "find calculate calculating compute computing determine get finding obtain evaluate",
        "convert turn change rewrite transform write express converting changing turning",
        "multiply multiplication multiplied multiplying times",
        "divide division divided dividing",
        "add addition adding added",
        "subtract subtraction subtracting subtracted minus",
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
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = {word: str(number) for number, word in enumerate(NUMBERS.split())}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `frame` says what kind of answer is wanted, `words` what about.

    `words` are stems, numbers and signs in the message's order, the sides of a comparison sorted. Those that say how
    the others stand to each other (to, from, by, not, …) begin with `MARK`.
    """

    frame: str
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def question(text: str, task: str) -> Question | None:
    """The form of a message that can be answered without knowing who asks or what was said before; else None."""
    if task not in TASKS or len(text) > MOST_CHARS or "\n" in text.strip():
        return None
    bare = GREETING.sub("", written(text))
    if SEVERAL.search(bare) or not ("?" in bare or len(bare) <= FEW_CHARS or OPENING.match(bare)):
        return None
    bare = CLOSING.sub("", bare).strip(" .!?,;:")
    while (shorter := ASKING.sub("", bare)) != bare:
        bare = GREETING.sub("", shorter)
    if POINTING.search(ADDRESSED.sub(" ", bare)):
        return None
    frame = _frame(bare)
    if not frame or (frame.endswith("who") and (SOMEBODY.search(bare) or NAME.search(text))):
        return None
    words = _words(bare, frame.partition("-")[0])
    if not any(len(word) >= FEWEST_LETTERS and word.isalpha() for word in words):
        return None
    if sum(not word.startswith(MARK) for word in words) > MOST_WORDS:
        return None
    return Question(f"{frame}{'-not' if NEGATION.search(bare) else ''}/{FORM}", tuple(words))


def _frame(bare: str) -> str:
    """The first kind that fits, and what is asked of it: when a formula is used is not what it is."""
    found = ""
    for name, words, pattern in FRAMES:
        if (not words or any(word in bare for word in words)) and pattern.search(bare):
            if not found and name not in FURTHER:
                return name
            if found and name in FURTHER[found]:
                return f"{found}-{name}"
            found = found or name
    return found


def _words(bare: str, frame: str) -> list[str]:
    """What is left of a question without the words that any question of its kind has."""
    # "the circle's area" is the area of the circle.
    bare = POSSESSIVE.sub(lambda found: f"{found[3]} of {found[1] or found[2]}", IS.sub(r"\1", bare))
    for pattern, word in REWORDED:
        bare = pattern.sub(word, bare)
    if frame != "how":
        bare = PASSIVE.sub("was", bare)
    found = [MARK + "have"] if HAVING.match(bare) else []
    auxiliary = AUXILIARY.match(bare) if frame == "yesno" else None
    if auxiliary:
        found.append(MARK + AUXILIARIES.get(auxiliary[1], auxiliary[1]))
    for token, is_letter in tokens(bare):
        word = token if is_letter else _word(token, frame)
        if word and not (word in TIMES and found[-1:] == ["multiply"]):
            found.append(BECOMING.get(word, word) if "convert" in found else word)
    if any(map(is_sign, found)):
        return found
    return _compared(found, bare) if frame == "difference" else [word for word in found if not _is_loose(word)]


def _word(token: str, frame: str) -> str:
    """The word that stands for a token; '' where it says nothing."""
    token = NUMBER_WORDS.get(token, token)
    if token in RELATIONS and not (token == "was" and frame == "how"):
        return MARK + token
    if frame == "yesno" and token in QUANTIFIERS:
        return MARK + QUANTIFIERS[token]
    if token in NOISE:
        return ""
    token = _singular(SAME.get(token, token))
    token = SAME.get(token, token)
    return "" if frame == "difference" and token == "different" else token


def _is_loose(word: str) -> bool:
    return word.startswith(MARK) and word[1:] in RELATIONS - DIRECTIONS


def _compared(words: list[str], bare: str) -> list[str]:
    """The sides of a comparison, each in its own order: they may change places."""
    between = SIDES | {":to"} if "compar" in bare and ":from" not in words else SIDES
    sides: list[list[str]] = [[]]
    for word in words:
        if word in between:
            sides.append([])
        elif not _is_loose(word):
            sides[-1].append(word)
    first, *others = sorted(side for side in sides if side) or [[]]
    return [*first, *(word for side in others for word in (":and", *side))]


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]

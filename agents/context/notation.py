"""How a question's text is read sign by sign: which number, variable or sign stands where is what it asks.

Raised and lowered digits, vulgar fractions and signs that have several characters are written as a keyboard would,
before the compatibility forms make x² and x2 the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from agents.context.attacks import plain

RAISED = re.compile("([⁰¹²³⁴-⁹⁺⁻⁽⁾ⁿⁱ]+)")
# Behind an element's symbol it is the plain digit that a keyboard has: H₂O.
IN_A_COMPOUND = re.compile(r"([A-Z][a-z]?|\))([₀-₉]+)(?!\d)")
LOWERED = re.compile("([₀-₉ₐₙ]+)")
VULGAR = re.compile("([¼-¾⅐-⅞])")
SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "⁄": "/", "’": "'"})
# Punctuation elsewhere.
FACTORIAL = re.compile(r"(?<=[\d)])!(?!=)|(?<=\b[A-Za-z])!(?!=)")
DERIVED = re.compile(r"(?<=\b[A-Za-z])('+)(?![A-Za-z])")
RECURRING = re.compile(r"(?<=\d)\.{2,}")

# Capitals are what tells mW from MW, Co from CO, and side a from angle A; at the beginning they tell nothing.
SHORT = re.compile(r"(?<![^\W\d_'])[^\W\d_]{1,2}(?![^\W\d_'])")
SMALL = frozenset(re.findall(r"\w+", "i it my me he us we so do is am be if no hi ok um"))

TOKEN = re.compile(r"\.?\d+(?:[.,/:]\d+)*|[^\W\d_]+(?:['-][^\W\d_]+)*|_|[^\w\s.,;:?!'\"“”‘`]|(?<=\w):(?=\w)")
# A letter of an expression is one beside a sign, or beside the word for one.
LETTERS = frozenset("ai")
SIGN_WORDS = frozenset(re.findall(r"\w+", "plus minus times over squared cubed factorial equals"))


def written(text: str) -> str:
    """The text in small letters and plain signs, but for short words that a capital sets apart."""
    text = VULGAR.sub(lambda found: f" {unicodedata.normalize('NFKC', found[1])} ", text)
    text = RAISED.sub(lambda found: f"^{unicodedata.normalize('NFKC', found[1])} ", text)
    text = IN_A_COMPOUND.sub(lambda found: found[1] + unicodedata.normalize("NFKC", found[2]), text)
    text = LOWERED.sub(lambda found: f"_{unicodedata.normalize('NFKC', found[1])} ", text)
    text = plain(text).translate(SIGNS).strip()
    text = FACTORIAL.sub(" factorial ", text)
    text = DERIVED.sub(lambda found: "′" * len(found[1]), text)
    text = RECURRING.sub("…", text)
    if text.isupper():
        return text.lower()
    kept = {found.start() for found in SHORT.finditer(text) if found.start() and found[0].lower() not in SMALL}
    return re.sub(r"[^\W\d_]+", lambda found: found[0] if found.start() in kept else found[0].lower(), text)


def tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Numbers, words and signs of a `written` text in their order, and whether each is a letter of an expression."""
    found = list(TOKEN.finditer(text))
    for place, match in enumerate(found):
        token = match[0]
        yield token, token in LETTERS and _stands_for_something(found, place)


def _stands_for_something(found: Sequence[re.Match[str]], place: int) -> bool:
    before, after = (found[one] if 0 <= one < len(found) else None for one in (place - 1, place + 1))
    if after is not None and (after[0] in SIGN_WORDS or not after[0][-1].isalnum()):
        return True
    if before is None:
        return False
    return not before[0][-1].isalnum() or (before[0][0].isdigit() and before.end() == found[place].start())


def is_sign(token: str) -> bool:
    """Whether a token is a number, a sign, or has a letter that stands for something."""
    return not token[-1].isalpha() or any(len(part) == 1 for part in token.split("-"))

"""Whether a text surely speaks of nobody: what is kept for others may name no one, and no erasure would find a name.

Names can't be listed, so it goes the other way: every word has to be one that is known to be none, a word of the
vocabulary or a public name (a country, a people, a scientist long dead). A name that nobody has heard of, a word with
a slip in it and another language are taken for personal: such a question is answered anew each time.
"""

import re
from functools import lru_cache
from pathlib import Path

from agents.context.mask import mask
from agents.context.notation import LOWERED, RAISED, VULGAR

VOCABULARY = Path(__file__).parent / "artefact" / "vocabulary.txt"
"""A word a line, in small letters; `about.md` says where they come from and which were left out."""
PUBLIC = Path(__file__).parent / "artefact" / "public_names.txt"
"""Names that may stand with a capital inside a sentence. A place or a people that is mostly a given name (Paris,
Jordan, Georgia, Chad) is not among them."""
# Of the rest, those that learners may be called as well, and what shows that the place or the people is meant.
GIVEN_TOO = frozenset(re.findall(r"\w+", "roman german asia india kenya israel london chile cuba darwin"))
OF_A_PLACE = re.compile(
    r"\b(?:the|a|in|between"
    r"|(?:capital|population|history|climate|king|queen|president|language|flag|map|currency) of)\s$"
)

WORD = re.compile(r"[^\W\d_]+")
SHORT = 2
ELEMENTS = frozenset(re.findall(r"\w+", "he be ne na mg si cl ar ca fe cu zn br ag sn au hg pb"))
MOST_CAPITALS = 5
"""DNA, but not HANNAH."""
# Seven digits, with what separates them in a telephone's, an account's or a pupil's number.
LONG_NUMBER = re.compile(r"\d(?:[ ()./-]{0,2}\d){6,}")
ADDRESSES = re.compile(
    r"@|://|www\.|\b[\w-]+\.(?:com|org|net|edu|gov|info|io|de|uk|fr)\b"
    r"|\b\d+[a-z]? (?:\w+ ){0,2}(?:road|street|lane|avenue|drive)\b",
    re.IGNORECASE,
)
TITLES = re.compile(r"\b(?:mrs?|ms|dr|prof|miss|sir|jr|st)\b\.?(?= [^\W\d_])", re.IGNORECASE)
# Before an apostrophe or behind it.
CONTRACTED = frozenset(
    re.findall(
        r"\w+", "don doesn didn isn aren wasn weren can couldn hasn haven hadn won wouldn shouldn mustn ll re ve"
    )
)

# Parts of public names, as in "the Second World War".
IN_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        first second third fourth north south east west northern southern eastern western new old great big little cold
        civil holy middle ancient modern united world war wars empire republic kingdom union revolution depression age
        bang death sea ocean river mountain mountains desert canal wall states nations treaty declaration independence
        constitution law laws theorem principle formula theory number scale triangle sequence century period industrial
        """,
    )
)


def is_impersonal(text: str) -> bool:
    """Whether `text` (as it was written: capitals tell) surely holds no name and nothing else of a person."""
    if ADDRESSES.search(text) or LONG_NUMBER.search(text) or TITLES.search(text) or mask(text) != text:
        return False
    for signs in (RAISED, LOWERED, VULGAR):
        text = signs.sub("^", text)
    known = vocabulary()
    shouted = text.isupper()
    for place, found in enumerate(WORD.finditer(text)):
        written = found[0]
        word = written.lower()
        if word in GIVEN_TOO and not OF_A_PLACE.search(text[: found.start()].lower()):
            return False
        if len(written) == 1 or word in CONTRACTED or word in public_names():
            continue
        if len(written) == SHORT and (written.isupper() or word in ELEMENTS or _in_expression(text, found)):
            continue
        if not (word in known or (word.endswith("s") and word[:-1] in known)):
            return False
        if shouted or not place or written.islower() or word in IN_NAMES or _begins(text, found.start()):
            continue
        if not (written.isupper() and len(written) <= MOST_CAPITALS):
            return False
    return True


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Words that are no one's name; read once."""
    return frozenset(VOCABULARY.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def public_names() -> frozenset[str]:
    """Names that anybody knows, in small letters; read once."""
    return frozenset(PUBLIC.read_text(encoding="utf-8").split())


def _in_expression(text: str, found: re.Match[str]) -> bool:
    """Whether two letters stand beside a number or a sign: 5 mW, ab + c, H2SO4."""
    beside = text[: found.start()].rstrip()[-1:] + text[found.end() :].lstrip()[:1]
    return any(not (sign.isalpha() or sign in ".,;:!?'\"’") for sign in beside)


def _begins(text: str, at: int) -> bool:
    """Whether a sentence begins at `at`, as behind "Hello." or "Hi,"."""
    return text[:at].rstrip(" \"'“‘(")[-1:] in ".!?:,-–—;"

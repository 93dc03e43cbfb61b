"""Detects self-harm and crisis language by rules: fixed, inspectable, and working whatever else is off.

Recall counts more than precision: a false alarm costs a learner one caring reply, a miss may cost far more. The rules
know English only. They miss hints without words of harm, irony, rare misspellings and other languages; they are no
clinical instrument.
"""

import re
import unicodedata
from pathlib import Path
from typing import Final

from agents.emotion.normalise import spelt

PHRASES: Final = Path(__file__).parent / "phrases"

# Keyboards and word processors write an apostrophe and a hyphen in many ways.
_MARKS: Final = str.maketrans(dict.fromkeys("\u00b4\u02b9\u02bb\u02bc\u02c8\u2018\u2019\u201b\u2032\uff07", "'"))
_LIKE_OTHERS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u0131": "i"})
_GRAVE: Final = re.compile(r"(?<=\w)`(?=\w)")
# Emphasis and quotes around a word, and the dots of a pause, say nothing of what it means.
_AROUND: Final = re.compile(r"(?<!\w)[*_~\"`]+|[*_~\"`]+(?!\w)|\.{2,}")
_PICTURES: Final = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff]+")
_SPACES: Final = re.compile(r"\s+")
_STRETCHED: Final = re.compile(r"([a-z])\1{2,}")
_APART: Final = re.compile(r"\b[a-z](?:[ .-][a-z]){3,}\b")
_BETWEEN: Final = re.compile(r"[ .-]")
# Words that are often misspelt, or written so that a filter does not know them.
_MEANT: Final = tuple(
    (re.compile(written), word)
    for written, word in (
        (r"\bsu[iae1!*]?[cs][i1!*]?d(?=e\b)|\bsuid[iu]c(?=e\b)", "suicid"),
        (r"\bsu[iae1!*]?[cs][i1!*]?d(?:all?|le|ial)\b|\bsuidical\b", "suicidal"),
        (r"\bm(?:y ?s(?:lef|efl|ef|elv)|i ?self)\b", "myself"),
        (r"\bk[i1!*]l{1,2}(?= my)", "kill"),
        (r"\bd(?:[1!*]e|[i1!]3)\b", "die"),
        (r"\bsewer ?slid(?=e)", "suicid"),
    )
)


def _patterns(file: str) -> tuple[re.Pattern[str], ...]:
    # One by one: joined to a single pattern they take ten times as long.
    lines = (PHRASES / file).read_text(encoding="utf-8").splitlines()
    return tuple(re.compile(line) for line in lines if line and not line.startswith("#"))


_CRISIS: Final = _patterns("crisis.txt")
_HARMLESS: Final = _patterns("harmless.txt")


def speaks_of_crisis(text: str) -> bool:
    """Whether `text`, as it was written, speaks of self-harm, suicide, abuse or violence against people. All of it is
    read, however long. Never raises."""
    plain = _plain(text)
    if _speaks(spelt(plain)):
        return True
    # A stretched letter stands for one or for two: "dieee", "killlll".
    if _STRETCHED.search(plain) is not None and _speaks(spelt(_STRETCHED.sub(r"\1\1", plain))):
        return True
    # "k i l l", "s.u.i.c.i.d.e"
    return _APART.search(plain) is not None and _speaks(spelt(_APART.sub(_together, plain)))


def _together(letters: re.Match[str]) -> str:
    return _BETWEEN.sub("", letters[0])


def _speaks(text: str) -> bool:
    for written, word in _MEANT:
        text = written.sub(word, text)
    if not any(phrase.search(text) for phrase in _CRISIS):
        return False
    for phrase in _HARMLESS:
        text = phrase.sub(" ", text)
    return any(phrase.search(text) for phrase in _CRISIS)


def _plain(text: str) -> str:
    """The text in plain small letters: full-width and accented ones as they are typed, one apostrophe, one hyphen."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_MARKS))
        text = "".join(one for one in text if not unicodedata.combining(one)).translate(_LIKE_OTHERS)
        # A picture between two words parts none of the rules' phrases.
        text = _PICTURES.sub(" ", text)
    return _SPACES.sub(" ", _AROUND.sub(" ", _GRAVE.sub("'", text.lower()))).strip()

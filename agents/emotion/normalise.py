"""Brings any text into the form that the emotion models were trained on."""

import re
import unicodedata
from functools import lru_cache

HEAD_CHARS = 1500
TAIL_CHARS = 500

_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "..."})
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_PICTOGRAPH = re.compile("([\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])\\1*")
_DROPPED = re.compile("[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]+")
_STRETCHED_LETTER = re.compile(r"([A-Za-z])\1{2,}")
_STRETCHED_MARK = re.compile(r"([^\w\s])\1{3,}")
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=2048)
def _spoken(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f" {name} " if name else " "


def normalise(text: str) -> str:
    """The text as the models read it; never raises, whatever the string holds.

    Of a text longer than `HEAD_CHARS + TAIL_CHARS` only its beginning and its end are kept. Control characters and
    lone surrogates become spaces, invisible ones vanish, typographic quotes become plain ones, emoji their Unicode
    names ("face with tears of joy", once for a run of the same), and stretched words lose the stretch ("soooo"
    becomes "so").
    """
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = f"{text[:HEAD_CHARS]} {text[-TAIL_CHARS:]}"
    return spelt(text)


def spelt(text: str) -> str:
    """What `normalise` makes of the characters, without cutting a long text."""
    text = text.translate(_QUOTES)
    text = _UNPRINTABLE.sub(" ", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        text = _DROPPED.sub("", text)
        text = _PICTOGRAPH.sub(lambda match: _spoken(match[1]), text)
    text = _STRETCHED_LETTER.sub(r"\1", text)
    text = _STRETCHED_MARK.sub(r"\1\1\1", text)
    return _SPACES.sub(" ", text).strip()

"""Is what a provider sent fit for a learner?"""

import unicodedata
import zlib

# More than this share of characters that no text has (controls, replacement marks, unassigned): not text. Spaces of
# every width and the marks that join or turn letters are in good texts of many languages.
MOST_UNPRINTABLE = 0.05
NO_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})
# A reply of this length whose compressed form is so much shorter repeats itself endlessly.
LOOP_CHARS = 400
LOOP_RATIO = 0.05
# Ends of a reply that the provider itself withheld.
WITHHELD = frozenset({"content_filter", "safety", "recitation", "blocklist", "prohibited_content"})

_SPACES = str.maketrans("\n\r\t", "   ")


def withheld(finish_reason: str) -> bool:
    """Whether the provider held a reply back, or the rest of it, for what it says."""
    return finish_reason.lower() in WITHHELD


def problem(text: str) -> str | None:
    """What is wrong with a whole reply, in a few words; None when it may be sent.

    One that ends in the midst of a word, at its token limit, is kept: another call would end the same way.
    """
    bare = text.strip()
    if not bare:
        return "empty"
    odd = _odd(bare)
    if odd > MOST_UNPRINTABLE * len(bare):
        return "garbage: not printable text"
    if not any(_says_something(sign) for sign in bare):
        return "garbage: neither letters, digits nor symbols"
    if len(bare) >= LOOP_CHARS and len(zlib.compress(bare.encode(), 1)) < LOOP_RATIO * len(bare.encode()):
        return "garbage: the same words over and over"
    return None


def _odd(text: str) -> int:
    # Nearly every reply is clean, and that is known without looking at each sign.
    plain = text.translate(_SPACES)
    if plain.isprintable() and "\ufffd" not in plain:
        return 0
    return sum(1 for sign in plain if sign == "\ufffd" or unicodedata.category(sign) in NO_TEXT)


def _says_something(sign: str) -> bool:
    # "∞", "<" and "👍" are answers; dots, dashes and exclamation marks alone are not.
    return sign.isalnum() or unicodedata.category(sign).startswith("S")

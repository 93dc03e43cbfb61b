"""The words of a text that carry its meaning, for matching by letter."""

import re

WORD = re.compile(r"[^\W_]+(?:[./'’-][^\W_]+)*")
COMMON = frozenset(
    WORD.findall(
        """
        a about again all also am an and any are as at be been but by can could did do does doing don't for from get
        got had has have he her here him his how i i'm if in is isn't it it's its just know let like make me more my
        no not now of off ok okay on one or our out please really right say see she should so some than that that's
        the their them then there they this to too up us use was we well were what what's when where which who why
        will with would yes you your
        """
    )
)


def content_words(text: str) -> set[str]:
    """Lower-case words without the commonest ones; numbers and names stay whole."""
    return {word for word in (found.lower() for found in WORD.findall(text)) if word not in COMMON}


def stem(word: str) -> str:
    """The word without a common English ending, where enough is left of it."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word

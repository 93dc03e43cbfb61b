"""The language that an app says a learner writes in."""

import re

# RFC 5646, 4.4.1: no tag in use is longer. The first part may be a whole word, as some apps send "Portuguese".
MOST_CHARS = 35
_TAG = re.compile(r"[a-z]{2,16}([-_][a-z0-9]{1,8})*", re.IGNORECASE)


def tag(said: str | None) -> str | None:
    """The BCP 47 tag that was said, None where there is none or it can't be one.

    Clients send it unchecked: a sentence in its place would stand among the tutor's instructions.
    """
    return said if said is not None and len(said) <= MOST_CHARS and _TAG.fullmatch(said) else None

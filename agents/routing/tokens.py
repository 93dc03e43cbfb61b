"""A cheap count of tokens for text that nobody has counted yet."""

BYTES_PER_TOKEN = 3.2
MESSAGE_OVERHEAD = 4


def estimate(text: str) -> int:
    """Tokens of `text` as one chat message: UTF-8 bytes / 3.2, rounded up, and 4 for the chat format.

    Meant to lie on the high side: prose takes 3.5 to 4.5 bytes a token with the usual vocabularies; only dense
    formulas and rare scripts take fewer than 3.2.
    """
    return -int(-len(text.encode()) // BYTES_PER_TOKEN) + MESSAGE_OVERHEAD


def clipped(text: str, tokens: int) -> str:
    """`text` cut in its middle so that `estimate` of it is at most `tokens`; empty where not even the mark fits."""
    if estimate(text) <= tokens:
        return text
    mark = " […] "
    room = int((tokens - MESSAGE_OVERHEAD) * BYTES_PER_TOKEN) - len(mark.encode())
    if room < 2:
        return ""
    raw = text.encode()
    head = raw[: room - room // 2].decode(errors="ignore")
    tail = raw[len(raw) - room // 2 :].decode(errors="ignore")
    return head + mark + tail

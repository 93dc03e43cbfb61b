"""Fewer words for older turns, by taking sentences out, never by rewording."""

import re

# Between sentences: not within 3.5 or example.com. It looks at each place once, however long a text goes on without.
BETWEEN = re.compile(r"(?<=[.!?])\s+|\n")
KEPT_FIRST = (
    re.compile(r"\?"),
    re.compile(r"\d"),
    re.compile(r"\b(?:I'll|I will|we'll|we will|let's|promise|remember|next time|tomorrow|later)\b", re.IGNORECASE),
    re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+"),
)
ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|approx)\.$")
LONGEST_ABBREVIATED = len("approx.") + 2
GAP = " […] "


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the spaces around them."""
    found: list[str] = []
    for part in filter(None, map(str.strip, BETWEEN.split(text))):
        if found and ABBREVIATED.search(found[-1][-LONGEST_ABBREVIATED:]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def clip(text: str, chars: int) -> str:
    """The text's first three quarters and its end, within `chars` characters."""
    if len(text) <= chars:
        return text
    tail = max(0, (chars - len(GAP)) // 4)
    head = max(0, chars - len(GAP) - tail)
    return text[:head].rstrip() + GAP + (text[-tail:].lstrip() if tail else "")


def condense(text: str, chars: int) -> str:
    """The sentences of `text` most worth keeping, in their order, within `chars` characters.

    Open questions, numbers, promises and names come first, then the opening and the closing sentence.
    """
    if len(text) <= chars:
        return text
    parted = sentences(text)
    last = len(parted) - 1

    def worth(index: int) -> float:
        sentence = parted[index]
        hits = sum(1 for pattern in KEPT_FIRST if pattern.search(sentence))
        return hits + 0.5 * (index == 0) + 0.75 * (index == last)

    room = chars
    kept: set[int] = set()
    for index in sorted(range(len(parted)), key=lambda i: (-worth(i), -i)):
        need = len(parted[index]) + len(GAP)
        if need <= room:
            kept.add(index)
            room -= need
    if not kept:
        return clip(text, chars)
    parts: list[str] = []
    for index in sorted(kept):
        if parts and index - 1 not in kept:
            parts.append("[…]")
        parts.append(parted[index])
    return " ".join(parts)

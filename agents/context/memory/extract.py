"""What of a turn is worth remembering, by rule.

Every rule is a pattern over one sentence. A rule with a slot keeps one answer: a newer item of the same slot replaces
the older one, which is how facts are updated and contradicted ("I like maths", later "I don't like maths any more").
"""

import re
from dataclasses import dataclass

from agents.context.condense import sentences
from agents.context.memory.store import Item

MOST_A_TURN = 8
MOST_HEARD = 2
MOST_CHARS = 200
LEAST_WORDS = 3
NUMBERS_A_TURN = 16


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that matches becomes an item of `kind`. `slot` may hold the group `what` of the match."""

    kind: str
    slot: str
    pattern: re.Pattern[str]


def _rule(kind: str, slot: str, pattern: str) -> Rule:
    return Rule(kind, slot, re.compile(pattern, re.IGNORECASE))


LIKING = r"\b(?P<who>i|we)\s+(?:(?:really|also|still|just|absolutely|do|don't|do not|never|can't|cannot|no longer)\s+)*"
WHAT = r"(?P<what>[a-z0-9' -]{2,40}?)(?=[.,;!?]|$|\b(?:because|but|and|so|any ?more|more than|when|than)\b)"

# "Don't call me stupid" names nobody.
NOT_FORBIDDEN = r"(?<!n't )(?<!n’t )(?<!\bdont )(?<!\bnot )(?<!\bnever )(?<!\bever )"

LEARNER_RULES = (
    _rule("fact", "name", rf"\b(?:my name is|{NOT_FORBIDDEN}call me|i am called|i'm called)\s+\w+"),
    _rule("fact", "grade", r"\b(?:i'm|i am)\s+(?:now\s+)?in\s+(?:the\s+)?(?:grade|year|class|\w+\s+(?:grade|year))\b"),
    _rule("fact", "age", r"\b(?:i'm|i am)\s+\d{1,2}\s*(?:years|yrs|and\b|now\b|$)"),
    _rule(
        "fact", "exam", r"\b(?:my|the|our)\s+(?:\w+\s+)?(?:exam|test|quiz|finals?)\s+(?:is|will be|got moved|was moved)"
    ),
    _rule("result", "", r"\bi\s+(?:only\s+)?(?:got|scored|had)\b.*\d"),
    _rule(
        "mistake",
        "",
        r"\bi\s+(?:always|keep|often|still|usually|constantly)\s+(?:get|mix|forget|confus|mess|mak|los|miss|struggl|writ|add|flip|read|skip)",
    ),
    _rule(
        "mistake",
        "",
        r"\bi\s+(?:forgot|forget|mixed|mix up|confused|misread|don't get|do not get|don't understand|struggle)\b",
    ),
    _rule("mistake", "", r"\bconfus(?:es?|ing)\s+(?:for\s+)?me\b"),
    _rule(
        "goal",
        "",
        r"\b(?:i|we)\s+(?:want|need|hope|plan|would like|'d like|have)\s+to\s+"
        r"(?:be|become|pass|learn|study|finish|get|improve|go|work|move|understand)\b",
    ),
    _rule(
        "liking",
        "",
        r"\bi\s+(?:prefer|learn (?:best|better)|understand (?:best|better))\b|\bhelps?\s+me\s+(?:more|most|best)\b",
    ),
    _rule("liking", "likes:{what}", LIKING + r"(?:like|love|enjoy|hate|stand|dislike|adore)\s+" + WHAT),
    _rule("liking", "", r"\bmy favou?rite\b"),
    _rule("fact", "", r"\b(?:i|we)\s+(?:play|live|moved|come from|speak|work|train|have|own|support|collect)\b"),
    _rule("fact", "my:{what}", r"\bmy\s+(?P<what>\w+(?:\s\w+)?)\s+(?:is|are|was|has|lives|works|plays)\b"),
    _rule(
        "fact",
        "",
        r"\b(?:i'm|i am)\s+(?:allergic|dyslexic|colou?r.?blind|afraid|deaf|left.?handed|from|not good|good)\b",
    ),
    _rule("fact", "", r"\bis(?: not|n't) my first language\b"),
)

TUTOR_RULES = (
    _rule(
        "promise",
        "",
        r"\b(?:next time|tomorrow|later|next (?:week|session|lesson))\b.*\b(?:we|i|let's|you)\b"
        r"|\b(?:we|i)(?:'ll| will| shall)\b.*\b(?:next time|tomorrow|later|next (?:week|session|lesson)|on \w+day)\b",
    ),
    _rule("promise", "", r"\bi(?:'ll| will) (?:remind|send|prepare|bring|show you|give you|make)\b"),
)

# Asked of the tutor, at the sentence's beginning or by name: not "I always forget about the sign" or "don't forget".
FORGET = re.compile(
    r"(?:^\W*(?:(?:ok|okay|oh|no|well|wait|sorry|actually|hey|hi|hello|tutor|now|so|and|but|then|just|kindly)\b\W+)*"
    r"|\bplease\s+|\b(?:can|could|would|will|may|might|should|must) you\s+(?:just\s+)?"
    r"|\byou (?:can|could|may|should|must)\s+|\byou to\s+|\blet's\s+|\blet us\s+)"
    r"forget\s+(?:that|about|what i said about)\s+(?P<what>.+)$",
    re.IGNORECASE,
)
NEGATED = re.compile(r"n['’]t\b|\b(?:not|never)\b", re.IGNORECASE)


def items(turn: int, at: int, message: str, reply: str) -> list[Item]:
    """What a turn leaves in memory: statements by rule, and else what was said at some length, at most eight."""
    found: list[tuple[str, str, str]] = []
    for sentence in sentences(message):
        if _to_forget(sentence):
            continue
        found.append(_classified(sentence, LEARNER_RULES, "said"))
    # The reply to a wish to forget says again what it was.
    if not forgotten(message):
        found.extend(_classified(sentence, TUTOR_RULES, "heard") for sentence in sentences(reply))
    worth = [one for one in found if one[0] not in ("said", "heard") or _is_substantial(one[2])]
    heard = [one for one in worth if one[0] == "heard"]
    heard.sort(key=lambda one: -_weight(one[2]))
    worth = [one for one in worth if one[0] != "heard"] + heard[:MOST_HEARD]
    # By rule first, then what the learner said, then what they heard; within each as they came.
    ranked = sorted(worth, key=lambda one: (one[0] in ("said", "heard"), one[0] == "heard"))[:MOST_A_TURN]
    return [
        Item(turn * NUMBERS_A_TURN + index, kind, slot, turn, at, text[:MOST_CHARS])
        for index, (kind, slot, text) in enumerate(ranked)
    ]


def forgotten(message: str) -> list[str]:
    """What the learner asks to forget, in their words."""
    return [what for sentence in sentences(message) if (what := _to_forget(sentence))]


def _to_forget(sentence: str) -> str:
    match = FORGET.search(sentence)
    if match is None or NEGATED.search(sentence[: match.start("what")]):
        return ""
    return match["what"].rstrip(".!?").strip()


def _classified(sentence: str, rules: tuple[Rule, ...], otherwise: str) -> tuple[str, str, str]:
    if sentence.endswith("?"):
        return otherwise, "", sentence
    # No more is kept of a sentence: what lies behind does not make it a statement.
    kept = sentence[:MOST_CHARS]
    for rule in rules:
        match = rule.pattern.search(kept)
        if match:
            slot = rule.slot
            if "{what}" in slot:
                slot = slot.format(what=match["what"].strip().lower())
            return rule.kind, slot, sentence
    return otherwise, "", sentence


def _is_substantial(sentence: str) -> bool:
    words = sentence.split()
    return len(words) >= LEAST_WORDS and (len(words) >= 5 or any(c.isdigit() for c in sentence))


def _weight(sentence: str) -> int:
    """Numbers and names in a sentence: what is hard to make up again."""
    words = sentence.split()
    return sum(any(c.isdigit() for c in word) for word in words) + sum(word[0].isupper() for word in words[1:])

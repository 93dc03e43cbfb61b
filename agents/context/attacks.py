"""Attempts in learners' text to steer the model or to make it tell what it should not. Tagged, never carried out.

Learner text is data: it reaches the provider in the user role only, or inside notes that say so. What is tagged here
is kept out of long-term memory besides, so that an attempt has no second chance as a "fact" about the learner.
"""

import re
import unicodedata

# ruff: noqa: E501 - a rule reads best in one line
# None of them may look again and again at a long stretch: every message goes through all.
_RULES = (
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(?:instructions?|rules?|prompts?|guidelines|above|previous|everything|restrictions?)\b",
    r"\b(?:system|hidden|initial|original|secret)\s+(?:prompt|instructions?|message|rules?)\b",
    r"\b(?:reveal|print|show|repeat|output|tell|give|leak|display)\b.{0,40}\b(?:prompt|instructions|everything above|text above|your rules|notes about)\b",
    r"\b(?:you are|you're|act as|pretend (?:to be|you)|behave as|roleplay as|simulate)\b.{0,40}\b(?:dan|jailbr\w+|unrestricted|unfiltered|no (?:rules|restrictions|filters?|limits)|developer mode|evil|root|admin\w*)\b",
    r"\b(?:developer|debug|admin|god|sudo|maintenance)\s+mode\b",
    r"\b(?:do anything now|jailbreak)\b",
    r"\bnew (?:system )?(?:instructions?|rules?)\s*:",
    r"\b(?:another|other|different|previous|all)\s+(?:student|learner|user|pupil|child|classmate)s?\b.{0,40}\b(?:wrote|said|messages?|data|notes|profile|name|answers?|grades?|conversations?)\b",
    r"\b(?:messages?|data|notes|profile|grades?|answers?|conversations?)\b.{0,30}\b(?:another|other)\s+(?:student|learner|user|pupil|child)",
    r"(?:^|\n)[^\S\n]*(?:###?[^\S\n]*)?(?:system|assistant|instruction)s?\s*:",
    r"<\s*(?:/\s*)?(?:system|notes|im_start|im_end|inst|s)\b[^<>]*>|<\|[^|]{1,30}\|>|\[/?inst\]",
    r"\b(?:api|secret|access)[ _-]?(?:key|token)s?\b.{0,30}\b(?:your|you|prompt|system|is)\b|\byour\b.{0,30}\b(?:api|secret|access)[ _-]?(?:key|token)s?\b",
    r"\b(?:base64|rot13|hex)\b.{0,40}\b(?:decode|follow|execute|instructions?)\b",
)
ATTACK = re.compile("|".join(f"(?:{rule})" for rule in _RULES), re.IGNORECASE | re.DOTALL)
# Each rule needs one of these: most messages hold none, and are spared the rules.
TRIGGERS = (
    *(
        "ignore",
        "disregard",
        "forget",
        "override",
        "bypass",
        "skip",
        "system",
        "hidden",
        "initial",
        "original",
        "secret",
    ),
    *(
        "prompt",
        "instruction",
        "above",
        "rule",
        "notes",
        "you are",
        "you're",
        "act as",
        "pretend",
        "behave",
        "roleplay",
    ),
    *("simulate", "mode", "anything now", "jailbreak", "student", "learner", "user", "pupil", "child", "classmate"),
    *("assistant", "<", "[", "api", "access", "base64", "rot13", "hex"),
)
HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def plain(text: str) -> str:
    """The text without characters that hide words, compatibility forms made ordinary ones."""
    return HIDDEN.sub("", unicodedata.normalize("NFKC", text))


def is_attack(text: str) -> bool:
    """Whether the text reads like an attempt to steer the model or to extract what it was given."""
    bare = plain(text)
    # Python's patterns take a dotless i for an i, whatever the case.
    lowered = bare.lower().replace("ı", "i")
    return any(trigger in lowered for trigger in TRIGGERS) and ATTACK.search(bare) is not None

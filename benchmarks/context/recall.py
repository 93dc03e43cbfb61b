"""How much of what is needed each way of filling a budget brings into the prompt."""

import random
from collections.abc import Callable, Sequence

from agents.context import tokens
from agents.context.choose import TEMPLATE_TOKENS
from agents.context.condense import sentences
from agents.context.encoder import Encoder
from agents.context.enrich import enrich
from agents.context.state import ContextState
from config.settings import Settings
from schemas.codec import Event

Exchanges = Sequence[tuple[str, str]]


def settings_for(room: int, text: str, turns: int) -> Settings:
    """Settings under which a message `text` leaves `room` tokens for pieces."""
    budget = room + tokens.count(text) + TEMPLATE_TOKENS
    return Settings(_env_file=None, context_tokens=budget, context_turns=turns)


def selected(state: ContextState, asked: Event, room: int, turns: int, encoder: Encoder | None) -> list[str]:
    """The texts that the stage ranks first and that fit into `room`, dropped from the lowest as routing does."""
    event, _ = enrich(state, asked, asked["sent_at"], settings_for(room, asked["text"], turns), encoder)
    return _fitting([(piece["text"], piece["tokens"]) for piece in event["pieces"]], room)


def last_turns(history: Exchanges, room: int) -> list[str]:
    """The newest messages and replies, whole, until the first that does not fit."""
    texts: list[str] = []
    for said, replied in reversed(history):
        for text in (replied, said):
            room -= tokens.count(text)
            if room < 0:
                return texts
            texts.append(text)
    return texts


def random_sentences(history: Exchanges, room: int, rng: random.Random) -> list[str]:
    """Sentences drawn at random, as many as fit."""
    drawn = [sentence for pair in history for text in pair for sentence in sentences(text)]
    rng.shuffle(drawn)
    return _fitting([(text, tokens.count(text)) for text in drawn], room)


def everything(history: Exchanges) -> list[str]:
    """All of it, whatever it takes."""
    return [text for pair in history for text in pair]


def size(history: Exchanges) -> int:
    """Tokens of all messages and replies."""
    return sum(tokens.count(text) for pair in history for text in pair)


def recall(needed: Sequence[str], texts: Sequence[str], occurs: Callable[[str, str], bool]) -> float:
    """Share of `needed` that occurs in `texts`."""
    return sum(any(occurs(mark, text) for text in texts) for mark in needed) / len(needed)


def _fitting(texts: Sequence[tuple[str, int]], room: int) -> list[str]:
    kept = []
    for text, size in texts:
        if size <= room:
            room -= size
            kept.append(text)
    return kept

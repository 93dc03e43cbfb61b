"""The reply cache on questions and their paraphrases, on learners who must not see each other's, on real dialogues.

The whole way of a hit is gone: the message's form from the context stage, the prompt from the routing stage, the
cache's own lookup; only the store is in memory.
"""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agents.context import question, tasks
from agents.routing.cache.replies import ReplyCache
from agents.routing.prompt import render, terms
from benchmarks.context import dialogues
from benchmarks.context.events import READING
from config.prompts import tutor_template
from schemas.codec import Event

QUESTIONS = Path(__file__).parent / "questions.tsv"
TEMPLATE = tutor_template()
HOUR = 3600
NOW = 1_780_000_000_000_000
MICROS = 1_000_000
ROUNDS = 10
PLAN: dict[str, Any] = {
    "tone": "neutral",
    "pace": "same",
    **dict.fromkeys(("acknowledge", "smaller_steps", "suggest_break", "challenge"), False),
    "reasons": [],
}


class MemoryStore:
    """A `ReplyStore` in memory."""

    away = False

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """See `ReplyStore`."""
        return [self._kept.get(key) for key in keys]

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """See `ReplyStore`."""
        self._kept[key] = value

    async def drop(self, keys: Sequence[str]) -> None:
        """See `ReplyStore`."""
        for key in keys:
            self._kept.pop(key, None)

    async def close(self) -> None:
        """See `ReplyStore`."""


class Asker:
    """Makes ScoredMessages of texts, and asks a cache of its own."""

    def __init__(self) -> None:
        self.cache = ReplyCache(MemoryStore(), HOUR)

    def message(
        self, text: str, tenant: str, learner: str, pieces: Sequence[Event] = (), facts: str = "", task: str = "explain"
    ) -> Event:
        """A ScoredMessage as the stages before routing make it."""
        form = question.question(text, task)
        row = None
        if form is not None:
            row = {"frame": form.frame, "words": list(form.words), "vector": b"", "facts": facts}
        return {
            "tenant_id": tenant,
            "learner_id": learner,
            "language": "en",
            "text": text,
            "task": task,
            "text_tokens": 0,
            "token_budget": 1500,
            "turns_through": 0,
            "pieces": list(pieces),
            "next_step": None,
            "emotion": READING,
            "plan": PLAN,
            "question": row,
        }

    async def ask(self, message: Event, answer: str, at: int = NOW) -> str | None:
        """The cached reply to the message; where there is none, `answer` is kept as a provider's."""
        asked_for = terms(message, TEMPLATE)
        hit = await self.cache.find(message, asked_for, TEMPLATE.label, at)
        if hit is not None and hit.fresh:
            return hit.text
        self.cache.keep(message, render(message, (), TEMPLATE), asked_for, answer, "stop", at)
        await self.cache.settled()
        return None


def questions(part: str) -> list[tuple[str, str]]:
    """(What is asked, the words for it), of the `chosen` questions, by which the rules were made, or the `held out`."""
    rows = [line.split("\t") for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    return [(f"{family}/{wanted}", text) for of, family, wanted, text in rows if of == part]


async def paraphrases(part: str) -> dict[str, float]:
    """Every question in every wording, once each, shuffled, `ROUNDS` times from an empty cache.

    A hit is attainable where the same was asked before in any wording; it is wrong where the answer was to another
    question.
    """
    attainable = right = wrong = 0
    rows = questions(part)
    for number in range(ROUNDS):
        asker = Asker()
        answered: set[str] = set()
        for wanted, text in random.Random(number).sample(rows, len(rows)):
            found = await asker.ask(asker.message(text, "school", "learner"), wanted)
            attainable += wanted in answered
            right += found == wanted
            wrong += found is not None and found != wanted
            answered.add(wanted)
    return _shares(attainable, right, wrong)


async def stream(part: str, requests: int = 4000) -> dict[str, float]:
    """Requests as they come in a school: few questions often, many seldom (Zipf), each in any of its wordings."""
    rows = questions(part)
    wordings: dict[str, list[str]] = {}
    for wanted, text in rows:
        wordings.setdefault(wanted, []).append(text)
    rng = random.Random(3)
    order = rng.sample(sorted(wordings), len(wordings))
    weights = [1 / (rank + 1) for rank in range(len(order))]
    asker = Asker()
    attainable = right = wrong = 0
    answered: set[str] = set()
    for wanted in rng.choices(order, weights, k=requests):
        message = asker.message(rng.choice(wordings[wanted]), "school", f"learner {rng.randrange(300)}")
        found = await asker.ask(message, wanted)
        attainable += wanted in answered
        right += found == wanted
        wrong += found is not None and found != wanted
        answered.add(wanted)
    return _shares(attainable, right, wrong)


async def wrong_learners() -> dict[str, int]:
    """Learners of several tenants who ask the same, each with something of their own in the prompt, and with facts
    that change: hits on what was made for another learner, for another tenant, or on facts that have changed since."""
    asker = Asker()
    rng = random.Random(11)
    texts = [text for _, text in questions("chosen")][:60]
    tenants = ("north", "north:east", "south", "north.reply")
    learners = ("ada", "ada/2", "ada:text", "bob", "north", "a", "ADA", "ada ")
    facts = {(tenant, learner): 0 for tenant in tenants for learner in learners}
    counts = {"requests": 0, "hits": 0, "wrong_learner": 0, "wrong_tenant": 0, "stale_facts": 0}
    for _ in range(6000):
        tenant, learner = rng.choice(tenants), rng.choice(learners)
        facts[tenant, learner] += rng.random() < 0.05
        # What the profile says is the same for all of them, so that nothing but the scope keeps them apart.
        version = str(facts[tenant, learner])
        is_private = rng.random() < 0.7
        pieces = [_own_piece()] if is_private else []
        message = asker.message(rng.choice(texts), tenant, learner, pieces, version)
        mark = "|".join((tenant, learner if is_private else "", version if is_private else ""))
        found = await asker.ask(message, mark)
        counts["requests"] += 1
        if found is None:
            continue
        of_tenant, of_learner, of_version = found.split("|")
        counts["hits"] += 1
        counts["wrong_tenant"] += of_tenant != tenant
        counts["wrong_learner"] += of_learner not in ("", learner)
        counts["stale_facts"] += of_learner != "" and of_version != version
    return counts


async def recorded(data: Path, name: str) -> dict[str, float]:
    """What a cache for a whole school would have done in recorded dialogues, nothing personal in any prompt.

    That is more than it may do in service. A hit counts as wrong where it comes from a dialogue on another problem.
    """
    asker = Asker()
    counts = {"messages": 0, "stand_alone": 0, "hits": 0, "wrong": 0, "exact_texts_seen": 0}
    seen: set[str] = set()
    model = tasks.default()
    for dialogue, problem, messages in _dialogues(data, name):
        for text in messages:
            counts["messages"] += 1
            counts["exact_texts_seen"] += text.strip().lower() in seen
            seen.add(text.strip().lower())
            message = asker.message(text, "school", dialogue, task=model.task(text))
            counts["stand_alone"] += message["question"] is not None
            found = await asker.ask(message, problem)
            counts["hits"] += found is not None
            counts["wrong"] += found is not None and found != problem
    total = max(1, counts["messages"])
    return {
        **counts,
        "hit_ratio": round(counts["hits"] / total, 5),
        "wrong_ratio": round(counts["wrong"] / total, 5),
    }


def _dialogues(data: Path, name: str) -> Iterable[tuple[str, str, list[str]]]:
    for dialogue, problem, turns in dialogues.whole(data, name):
        yield dialogue, problem, [text for is_tutor, text in turns if not is_tutor]


def _own_piece() -> Event:
    return {
        "piece_id": "memory:1",
        "layer": "memory",
        "role": "system",
        "text": "The learner said: I like trains.",
        "tokens": 15,
        "value": 1.5,
        "turn": None,
        "reason": "fact",
    }


def _shares(attainable: int, right: int, wrong: int) -> dict[str, float]:
    return {
        "attainable": attainable,
        "attainable_hit_ratio": round(right / max(1, attainable), 4),
        "wrong_ratio": round(wrong / max(1, right + wrong), 5),
    }

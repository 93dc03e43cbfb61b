"""Attempts to mastery with the whole tutor's logic, against the same with adaptation off, and against other policies.

    python -m benchmarks.profile.eval_tutor [--learners 40]

The real stages (context, emotion, routing, profile) handle each simulated learner's messages and attempts, one after
another, with their states kept as bytes; only the provider is a simulated one, which always says the same. With
adaptation on, the learner practises what the standing decision says, as it comes back with the reply or stands in the
profile. With adaptation off, the profile's decision is kept from the other stages and the curriculum goes in its
fixed order. What a better explanation would add is not simulated, so the gain is that of choosing what to practise.
"""

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass

from agents.context import agent as context_agent
from agents.emotion import agent as emotion_agent
from agents.profile import agent as profile_agent
from agents.routing.ledger import ConversationState
from agents.routing.providers.client import Call, Chunk, OnChunk
from agents.routing.router import Router
from benchmarks.history import record
from benchmarks.profile import eval_policy
from benchmarks.profile.envelope import envelope
from benchmarks.profile.eval_policy import A_DAY, CAP, CHECK, DAY, START, interval
from benchmarks.profile.learners import learner
from benchmarks.profile.policies import Fixed
from config.curriculum import Item, load
from config.prompts import fixed_replies, tutor_template
from config.providers import ProvidersFile, available
from config.settings import Settings
from pipeline.delivery.record import Record
from pipeline.delivery.stage import KeyedStage
from schemas.codec import Event
from schemas.topics import ATTEMPTS, ENRICHED, MESSAGES, PROFILES, RESPONSES, SIGNALS, Topic

SAID = (
    "I don't get why this is wrong, can you explain it again?",
    "ok wait, where did I go wrong with that one",
    "this is so frustrating, I keep making the same mistake",
    "I thought I had it. What is the next step?",
    "why do we have to do it in this order?",
)
PROVIDERS = {
    "prices_as_of": "never",
    "providers": [
        {
            "name": "simulated",
            "model": "simulated",
            "client": "http",
            "key_required": False,
            "api_base": "http://127.0.0.1:9",
            "context_tokens": 8000,
            "price": {"input": 0.0, "output": 0.0},
        }
    ],
}
REPLY = "Look at the first step again: what does the question ask for? Then write down what you know."


class Simulated:
    """A provider's client that always gives the same reply."""

    async def ask(self, call: Call, on_chunk: OnChunk) -> None:
        on_chunk(Chunk(REPLY))
        on_chunk(Chunk("", "stop", 100, 25))

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Stages:
    """The tutor's stages; the profile's, which learn of items from all learners, are made anew for each run."""

    context: KeyedStage
    emotion: KeyedStage
    profile: KeyedStage
    router: Router


class Tutor:
    """The stages before one learner."""

    def __init__(self, stages: Stages, adapt: bool, seed: int) -> None:
        self.stages = stages
        self.adapt = adapt
        self.rng = random.Random(seed)
        self.states: dict[str, bytes | None] = {}
        self.ledger = ConversationState()
        self.step: Event | None = None
        self.offset = 0

    def _common(self, at: float) -> Event:
        return envelope(self.rng, at)

    async def _handle(self, stage: KeyedStage, topic: Topic, event: Event) -> list[tuple[Topic, Event]]:
        self.offset += 1
        taken = Record(topic.name, 0, self.offset, b"simulated/learner", event, event["sent_at"])
        outcome = await stage.handle(taken, self.states.get(stage.name))
        if outcome.state is not None:
            self.states[stage.name] = outcome.state
        return [(emit.topic, emit.event) for emit in outcome.emits]

    async def _profile(self, topic: Topic, event: Event) -> None:
        for made, profile in await self._handle(self.stages.profile, topic, event):
            if made is PROFILES:
                seen = profile if self.adapt else profile | {"next_step": None}
                self.step = seen["next_step"]
                await self._handle(self.stages.context, PROFILES, seen)

    async def open(self, at: float) -> None:
        await self._profile(SIGNALS, self._common(at) | {"kind": "SESSION_OPENED"})

    async def attempt(self, item: Item, right: bool, at: float, seconds: float) -> None:
        outcome = {"concept_id": item.concept_id, "item_id": item.id, "correct": right, "answer": None}
        await self._profile(
            ATTEMPTS, self._common(at) | outcome | {"duration_ms": int(seconds * 1000), "hints_used": 0}
        )

    async def message(self, concept: str, at: float) -> Event:
        """The reply to a message about `concept`, after all stages have taken it in."""
        message = self._common(at)
        message |= {"message_id": message["event_id"], "text": self.rng.choice(SAID), "language": None}
        message["concepts"] = [concept]
        [(_, enriched)] = await self._handle(self.stages.context, MESSAGES, message)
        # The deadline is on the clock of the machine, the message in simulated time.
        now = time.time_ns() // 1000
        enriched |= {"appended_at": now, "deadline_at": now + 30_000_000}
        scored = next(
            event for _, event in await self._handle(self.stages.emotion, ENRICHED, enriched) if "emotion" in event
        )
        response, self.ledger = await self.stages.router.answer(
            scored, self.ledger, lambda: time.time_ns() // 1000, False
        )
        await self._profile(RESPONSES, response)
        await self._handle(self.stages.context, RESPONSES, response)
        return response

    def item(self, response: Event | None) -> Item:
        """What the standing decision says to practise."""
        curriculum = load()
        assert self.step is not None
        named: str | None = self.step["item_id"] or (response["item_id"] if response is not None else None)
        if named is not None and named in curriculum.items:
            return curriculum.items[named]
        return self.rng.choice(curriculum.concepts[self.step["concept_id"]].items)


async def teach(stages: Stages, adapt: bool, seed: int) -> tuple[int, int, int]:
    """Attempts until learner `seed` knows everything at once (at most `CAP`), messages, and answered ones."""
    curriculum = load()
    student = learner(seed, curriculum)
    tutor, fixed = Tutor(stages, adapt, seed), Fixed(curriculum, seed)
    at = START
    messages = answered = 0
    await tutor.open(at)
    response: Event | None = None
    for number in range(1, CAP + 1):
        item = tutor.item(response) if adapt else fixed.choose(at)
        seconds = student.seconds()
        right = student.answer(item, at)
        fixed.learn(item, right, at, seconds)
        await tutor.attempt(item, right, at + seconds, seconds)
        response = None
        if not right and student.rng.random() < student.help_seeking:
            response = await tutor.message(item.concept_id, at + seconds + 2.0)
            messages += 1
            answered += response["source"] == "PROVIDER"
        if number % CHECK == 0 and all(student.knows(name, at) for name in curriculum.concepts):
            return number, messages, answered
        at = START + number // A_DAY * DAY if number % A_DAY == 0 else at + seconds + 8.0
    return CAP, messages, answered


async def whole(learners: int) -> dict[str, float | list[float]]:
    """The figures of the whole logic, adaptation on and off."""
    settings = Settings()
    providers = available(ProvidersFile.model_validate(PROVIDERS), {})
    needed: dict[bool, list[int]] = {}
    messages = answered = 0
    context, emotion = context_agent.stage(settings), emotion_agent.stage(settings)
    for adapt in (True, False):
        router = Router(providers, {"simulated": Simulated()}, tutor_template(), fixed_replies())
        stages = Stages(context, emotion, profile_agent.stage(settings), router)
        needed[adapt] = []
        for seed in range(learners):
            count, sent, got = await teach(stages, adapt, seed)
            needed[adapt].append(count)
            messages, answered = messages + sent, answered + got
        mean = sum(needed[adapt]) / learners
        print(f"adaptation {'on' if adapt else 'off'}: mean {mean:.0f} attempts", file=sys.stderr)
    saved = [1.0 - on / off for on, off in zip(needed[True], needed[False], strict=True)]
    return {
        "learners": learners,
        "attempts_on": round(sum(needed[True]) / learners, 1),
        "attempts_off": round(sum(needed[False]) / learners, 1),
        "gain": round(sum(saved) / learners, 4),
        "gain_interval": [round(end, 4) for end in interval(saved)],
        "gain_of_means": round(1.0 - sum(needed[True]) / sum(needed[False]), 4),
        "messages": messages,
        "answered": answered,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=40)
    learners = parser.parse_args().learners
    policies = {f"policy_{name}": figure for name, figure in eval_policy.run(learners).items()}
    record("tutor", {**asyncio.run(whole(learners)), **policies})


if __name__ == "__main__":
    main()

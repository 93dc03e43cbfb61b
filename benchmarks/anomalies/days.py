"""Days of traffic: the recorded attempts of `statistics_cloze` at a school day's pace, each with a simulated reply.

Learners, concepts, items and outcomes are the recorded ones; each learner belongs to one of three tenants. The order is
recorded too, the times are not: a day's attempts lie on a curve with its top in the afternoon. What was expected of an
attempt is said by the profile's own logic, which sees the outcomes that the faults leave. Replies (providers, their
latencies and failures) are simulated from a seed. Faults change what is sent, never the detector's input.
"""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, exp, log, pi
from pathlib import Path

from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from cli.replay.readers import statistics_cloze
from config.curriculum import build
from schemas.codec import Event
from schemas.ids import derived

DAY = 86_400.0
START = 1_700_006_400.0
TENANTS = ("north", "south", "east")
PROVIDERS = {"alpha": (0.5, 900.0), "beta": (0.3, 1400.0), "gamma": (0.2, 600.0)}
"""Share of the calls, and typical milliseconds."""
VERSIONS = ("tutor-1", "tutor-2")
FAILING = 0.015


@dataclass(frozen=True)
class Fault:
    """What is wrong from `began` to `ended` (seconds): `kind` with the dimension and value that are its cause."""

    kind: str
    dimension: str
    value: str
    began: float
    ended: float
    items: frozenset[str] = frozenset()


class Traffic:
    """Attempts and replies of some days, with faults in them."""

    def __init__(self, data: Path, a_day: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.attempts = [one.event for one in statistics_cloze.read(data).events]
        self.a_day = a_day
        self._shared = Shared(curriculum=build("none", ()))
        self._states: dict[str, ProfileState] = {}
        names = sorted({one["learner_id"] for one in self.attempts})
        self.tenant = {name: TENANTS[place % 3] for place, name in enumerate(names)}
        steps = [1.05 - cos(2 * pi * (minute / 1440.0)) for minute in range(1440)]
        total = sum(steps)
        self._shape = [sum(steps[: place + 1]) / total for place in range(1440)]

    def concepts(self) -> list[tuple[str, frozenset[str]]]:
        """The concepts, most practised first, each with its most practised items, which are half of it or more."""
        by_concept: dict[str, Counter[str]] = {}
        for one in self.attempts:
            by_concept.setdefault(one["concept_id"], Counter())[one["item_id"]] += 1
        found = []
        for concept, items in sorted(by_concept.items(), key=lambda one: (-sum(one[1].values()), one[0])):
            chosen: set[str] = set()
            for item, _ in items.most_common():
                chosen.add(item)
                if sum(items[name] for name in chosen) >= 0.5 * sum(items.values()):
                    break
            found.append((concept, frozenset(chosen)))
        return found

    def day(self, number: int, faults: list[Fault]) -> Iterator[tuple[str, Event]]:
        """The events of day `number` (from 0) in order: schema's name, event."""
        first = number * self.a_day % (len(self.attempts) - self.a_day)
        chosen = self.attempts[first : first + self.a_day]
        places = sorted(self.rng.random() for _ in chosen)
        for attempt, place in zip(chosen, places, strict=True):
            minute = bisect_left(self._shape, place)
            at = START + number * DAY + 60.0 * minute + self.rng.random() * 60.0
            graded = self._attempt(attempt, at, faults, number)
            yield "Attempt", graded
            state = self._states.setdefault(graded["learner_id"], ProfileState())
            for event in observe_attempt(state, graded, self._shared).learning_events:
                yield "LearningEvent", event
            if self.rng.random() < 0.6:
                yield "TutorResponse", self._response(attempt, at + 20.0, faults)

    def _attempt(self, recorded: Event, at: float, faults: list[Fault], number: int) -> Event:
        broken = any(
            fault.kind == "item" and recorded["item_id"] in fault.items and fault.began <= at < fault.ended
            for fault in faults
        )
        return recorded | {
            # The recorded attempts are used again on later days: as new ones.
            "event_id": derived(recorded["event_id"], "day", str(number)),
            "tenant_id": self.tenant[recorded["learner_id"]],
            "sent_at": int(at * 1e6),
            "correct": recorded["correct"] and not broken,
        }

    def _response(self, recorded: Event, at: float, faults: list[Fault]) -> Event:
        rng = self.rng
        tenant = self.tenant[recorded["learner_id"]]
        left = list(PROVIDERS)
        version = rng.choice(VERSIONS)
        tries: list[dict[str, str]] = []
        answered, ms = "", 0.0
        while left and not answered:
            provider = rng.choices(left, [PROVIDERS[name][0] for name in left])[0]
            left.remove(provider)
            failing, slower = FAILING, 1.0
            for fault in faults:
                if fault.began <= at < fault.ended and fault.value in (provider, tenant, version):
                    failing = 0.25 if fault.kind == "errors" else failing
                    slower = 2.5 if fault.kind == "slow" else slower
            ok = rng.random() >= failing
            tries.append({"provider": provider, "outcome": "ok" if ok else "error"})
            if ok:
                answered, ms = provider, PROVIDERS[provider][1] * slower * exp(rng.gauss(0.0, 0.5))
        return {
            "tenant_id": tenant,
            "learner_id": recorded["learner_id"],
            "course_id": None,
            "sent_at": int(at * 1e6),
            "source": "PROVIDER" if answered else "OFFLINE",
            "provider": answered or "offline",
            "prompt_tokens": 400,
            "completion_tokens": 120,
            "cost_usd": exp(rng.gauss(log(0.001), 0.4)),
            "provider_ms": ms,
            "first_token_ms": ms / 4.0 if answered else None,
            "template_version": version,
            "tries": tries,
            "concepts": [recorded["concept_id"]],
            "emotion": {
                "model": "made",
                "valence": 0.0,
                "arousal": 0.0,
                "crisis": False,
                "cant_tell": True,
                "states": {},
            },
        }

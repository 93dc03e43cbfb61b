"""The reply cache: looks for a reply before a provider is called, keeps one behind the learner's back."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, Protocol

from agents.routing.cache import scope
from agents.routing.cache.entry import Entry, EntryError
from agents.routing.cache.scope import Scope, ScopeKind
from agents.routing.prompt import Prompt
from schemas.codec import Event

MICROS = 1_000_000
# Beyond its time a reply is kept this much longer, for the hour in which no provider answers.
STALE_TIMES = 4
MOST_WRITES = 256
# The plan of a reply to somebody upset is about them, whatever they ask.
PLAIN_PLANS = ("acknowledge", "suggest_break")
# How a reply ends that was not cut short.
WHOLE = "stop"


class ReplyStore(Protocol):
    """Where replies are kept. Nothing is raised: what can't be had is missing, and `away` says so."""

    @property
    def away(self) -> bool:
        """Whether the store did not answer when it was asked last."""
        ...

    async def heads(self, places: Sequence[str]) -> Sequence[Mapping[str, bytes]]:
        """The entries at each of `places`, by entry id; nothing at all where the store is away."""
        ...

    async def text(self, entry_id: str) -> str | None:
        """The reply of an entry."""
        ...

    async def keep(self, places: Sequence[str], entry_id: str, head: bytes, text: str, seconds: int) -> None:
        """Keep the entry at all of `places`, and its reply, for so long."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply that was given before. `fresh`: young enough to be given although providers answer."""

    text: str
    kind: Literal["exact", "semantic"]
    scope: ScopeKind
    similarity: float
    age_s: float
    fresh: bool

    def record(self) -> Event:
        """A CacheHit."""
        return {"kind": self.kind, "scope": self.scope, "similarity": self.similarity, "age_s": self.age_s}


class ReplyCache:
    """Finds and keeps replies in `store`; `seconds`: how old a reply may be.

    `counts` holds lookups by what came of them: `exact`, `semantic`, `stale`, `miss`, `personal` (not looked for:
    the message does not stand by itself), `away`; and `kept:learner`, `kept:tenant`.
    """

    def __init__(self, store: ReplyStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._writes: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether the store did not answer when it was asked last."""
        return self._store.away

    async def find(self, scored: Event, instructions: str, template: str, now: int) -> Hit | None:
        """A reply to the question of a ScoredMessage; `now` in microseconds, UTC."""
        if not applies(scored):
            self.counts["personal"] += 1
            return None
        scopes = (scope.of_learner(scored, instructions, template), scope.of_tenant(scored, instructions, template))
        found = await self._store.heads([one.place for one in scopes])
        # Nothing at all is found where the store is away.
        for one, heads in zip(scopes, found, strict=False):
            hit = await self._latest(one, heads, scored, now)
            if hit is not None:
                self.counts[hit.kind if hit.fresh else "stale"] += 1
                return hit
        self.counts["away" if self.away else "miss"] += 1
        return None

    async def _latest(self, one: Scope, heads: Mapping[str, bytes], scored: Event, now: int) -> Hit | None:
        latest: tuple[Entry, str] | None = None
        for entry_id, head in heads.items():
            try:
                entry = Entry.loads(head)
            except EntryError:
                continue
            if list(entry.words) == scored["question"]["words"] and (latest is None or entry.at > latest[0].at):
                latest = entry, entry_id
        if latest is None:
            return None
        text = await self._store.text(latest[1])
        if not text:
            return None
        age = max(0, now - latest[0].at) / MICROS
        same = latest[0].text == _digest(scored["text"])
        return Hit(text, "exact" if same else "semantic", one.kind, 1.0, age, age <= self._seconds)

    def keep(self, scored: Event, prompt: Prompt, instructions: str, text: str, finish_reason: str, now: int) -> None:
        """Keep a provider's reply, in the background. Nothing waits for it; beyond `MOST_WRITES` it is left out."""
        if not applies(scored) or finish_reason != WHOLE or len(self._writes) >= MOST_WRITES:
            return
        general = scope.is_general(prompt.considered)
        of = scope.of_tenant if general else scope.of_learner
        one = of(scored, instructions, prompt.template_version)
        entry = Entry(tuple(scored["question"]["words"]), now, _digest(scored["text"]))
        self.counts[f"kept:{one.kind}"] += 1
        write = asyncio.get_running_loop().create_task(
            self._store.keep(
                [one.place],
                one.entry_id,
                entry.dumps(),
                text,
                round(self._seconds * STALE_TIMES),
            )
        )
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)

    async def settled(self) -> None:
        """Return once all that was to be kept until now is."""
        await asyncio.gather(*self._writes)

    async def close(self) -> None:
        """Finish writing and give the store back."""
        await self.settled()
        await self._store.close()


def applies(scored: Event) -> bool:
    """Whether a message may be answered from the cache: it stands by itself, and its writer is not in distress."""
    if scored.get("question") is None or scored["emotion"]["crisis"]:
        return False
    return not any(scored["plan"][name] for name in PLAIN_PLANS)


def _digest(text: str) -> str:
    return blake2b(text.strip().lower().encode(), digest_size=8).hexdigest()

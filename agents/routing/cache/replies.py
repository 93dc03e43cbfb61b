"""The reply cache: looks for a reply before a provider is called, keeps one behind the learner's back."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
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
# A reply is judged within half an hour of its learner's time, by events that may come late.
JUDGED_SECONDS = 3600
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

    async def get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """What is kept under each of `keys`; nothing at all where the store is away."""
        ...

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Keep `value` for so long, in the place of what was there."""
        ...

    async def drop(self, keys: Sequence[str]) -> None:
        """Keep nothing under `keys` any more."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply that was given before, and its key. `fresh`: young enough to be given although providers answer."""

    text: str
    kind: Literal["exact", "semantic"]
    scope: ScopeKind
    age_s: float
    fresh: bool
    key: str

    def record(self) -> Event:
        """A CacheHit."""
        # Older readers can't do without a similarity. Questions of one form are the same question.
        return {"kind": self.kind, "scope": self.scope, "similarity": 1.0, "age_s": self.age_s}


class ReplyCache:
    """Finds and keeps replies in `store`; `seconds`: how old a reply may be.

    `counts` holds lookups by what came of them: `exact`, `semantic`, `stale`, `miss`, `personal` (not looked for:
    the message does not stand by itself), `away`; and `kept:learner`, `kept:tenant`, `withdrawn`.
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
        found = await self._store.get([one.key for one in scopes])
        # Nothing at all is found where the store is away.
        hits = [self._hit(value, one, scored, now) for one, value in zip(scopes, found, strict=False)]
        # The learner's own first, but for one that is too old while others' is not.
        hit = min((hit for hit in hits if hit is not None), key=lambda hit: not hit.fresh, default=None)
        if hit is not None:
            self.counts[hit.kind if hit.fresh else "stale"] += 1
        else:
            self.counts["away" if self.away else "miss"] += 1
        return hit

    def _hit(self, value: bytes | None, one: Scope, scored: Event, now: int) -> Hit | None:
        if value is None:
            return None
        try:
            entry = Entry.loads(value)
        except EntryError:
            return None
        age = max(0, now - entry.at) / MICROS
        same = entry.asked == _digest(scored["text"])
        return Hit(entry.text, "exact" if same else "semantic", one.kind, age, age <= self._seconds, one.key)

    def keep(self, scored: Event, prompt: Prompt, instructions: str, text: str, finish_reason: str, now: int) -> None:
        """Keep a provider's reply, in the background. Nothing waits for it; beyond `MOST_WRITES` it is left out."""
        if not applies(scored) or finish_reason != WHOLE or self._is_busy:
            return
        general = scope.is_general(prompt.considered)
        of = scope.of_tenant if general else scope.of_learner
        one = of(scored, instructions, prompt.template_version)
        entry = Entry(now, _digest(scored["text"]), text)
        self.counts[f"kept:{one.kind}"] += 1
        self._write(self._keep(scored, one.key, entry))

    def given(self, scored: Event, hit: Hit) -> None:
        """`hit` answers this ScoredMessage: noted in the background, for `withdraw`; where all are busy, left out."""
        if not self._is_busy:
            self._write(self._note(scored, hit.key))

    async def withdraw(self, tenant: str, learner: str, message_id: str) -> None:
        """The learner was not helped by the reply to that message: nobody is given it again."""
        note = scope.note_of(tenant, learner, message_id)
        for key in await self._store.get([note]):
            if key is not None:
                self.counts["withdrawn"] += 1
                await self._store.drop([key.decode(errors="replace"), note])

    @property
    def _is_busy(self) -> bool:
        return len(self._writes) >= MOST_WRITES

    async def _keep(self, scored: Event, key: str, entry: Entry) -> None:
        await self._store.keep(key, entry.dumps(), round(self._seconds * STALE_TIMES))
        await self._note(scored, key)

    async def _note(self, scored: Event, key: str) -> None:
        note = scope.note_of(scored["tenant_id"], scored["learner_id"], scored["message_id"])
        await self._store.keep(note, key.encode(), JUDGED_SECONDS)

    def _write(self, work: Coroutine[None, None, None]) -> None:
        write = asyncio.get_running_loop().create_task(work)
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


def _digest(text: str) -> bytes:
    return blake2b(text.strip().lower().encode(), digest_size=8).digest()

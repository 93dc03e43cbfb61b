"""The providers' breakers, limits and free slots, and a way to wait until one of them takes calls again."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from agents.routing.breaker import Breaker, Permit
from agents.routing.hedge import Pace
from agents.routing.quota import Quota, Taken
from agents.routing.silence import Silence
from config.providers import Provider
from schemas.provider_notices import Notice

# What is shorter is over before others have heard of it.
LEAST_TOLD_LIMIT = 0.1
# Between two looks whether a provider that is slow to somebody is silent to all, seconds.
LOOK_SECONDS = 0.25


class Slot:
    """Leave to make one call to a provider, given back exactly once through `Health`."""

    __slots__ = ("permit", "provider", "taken")

    def __init__(self, provider: Provider, permit: Permit, taken: Taken) -> None:
        self.provider = provider
        self.permit = permit
        self.taken = taken


class Health:
    """What this worker knows of its providers' readiness. Times are monotonic seconds, told by the caller.

    Of each key's limits a minute it takes one part in `workers`. `tell` takes what the other workers should know,
    `silenced` the provider whose breaker was opened because it says nothing.
    """

    def __init__(
        self,
        providers: Iterable[Provider],
        workers: int = 1,
        tell: Callable[[Notice], None] | None = None,
        silenced: Callable[[Provider], None] | None = None,
    ) -> None:
        providers = tuple(providers)
        self.breakers = {provider.name: Breaker() for provider in providers}
        self.paces = {provider.name: Pace() for provider in providers}
        self.quotas = {
            provider.name: Quota(
                _part(provider.limits.requests_per_minute, workers), _part(provider.limits.tokens_per_minute, workers)
            )
            for provider in providers
        }
        self.in_flight = dict.fromkeys(self.breakers, 0)
        self._changed = asyncio.Event()
        self._tell = tell
        self._silenced = silenced
        self._silences = {provider.name: Silence() for provider in providers}
        self._looks: dict[str, asyncio.TimerHandle] = {}
        self._openings: dict[str, asyncio.Future[None]] = {}

    def ready_at(self, provider: Provider, now: float, prompt_tokens: int = 0) -> float | None:
        """When `provider` takes the next call; `now` for at once, None when that hangs on a call under way."""
        if self.in_flight[provider.name] >= provider.limits.concurrent:
            return None
        ready = self.breakers[provider.name].ready_at(now)
        if ready is None:
            return None
        return max(ready, self.quotas[provider.name].ready_at(now, prompt_tokens + provider.max_output_tokens))

    def may_be_sooner(self, provider: Provider, now: float, prompt_tokens: int = 0) -> bool:
        """Whether `provider` may take the call before `ready_at` says: its key's minute is full of calls under way,
        which count by what they may use at most."""
        if self.breakers[provider.name].ready_at(now) != now:
            return False
        return self.quotas[provider.name].may_be_sooner(now, prompt_tokens + provider.max_output_tokens)

    def acquire(self, provider: Provider, now: float, prompt_tokens: int = 0) -> Slot | None:
        """Leave for one call now, or None."""
        if self.ready_at(provider, now, prompt_tokens) != now:
            return None
        permit = self.breakers[provider.name].acquire(now)
        if permit is None:
            return None
        self.in_flight[provider.name] += 1
        taken = self.quotas[provider.name].take(now, prompt_tokens + provider.max_output_tokens)
        slot = Slot(provider, permit, taken)
        self._silences[provider.name].began(slot, now)
        return slot

    def spoke(self, slot: Slot, now: float) -> None:
        """The call's first token came."""
        self._silences[slot.provider.name].spoke(slot, now)

    def succeeded(self, slot: Slot, now: float, tokens: int = 0, first_token: float | None = None) -> None:
        """The call gave a good reply of that many tokens, its prompt included."""
        self.quotas[slot.provider.name].settle(slot.taken, tokens or slot.taken.tokens)
        if first_token is not None:
            self.paces[slot.provider.name].began_after(first_token)
        breaker = self.breakers[slot.provider.name]
        was_open = breaker.is_open
        breaker.succeeded(slot.permit, now)
        if was_open and self._tell is not None:
            self._tell(Notice(slot.provider.name, "closed"))
        self._leave(slot, was_open)

    def failed(self, slot: Slot, now: float) -> bool:
        """The call failed by the provider's fault. True when that opened its breaker."""
        breaker = self.breakers[slot.provider.name]
        opened = breaker.failed(slot.permit, now)
        if breaker.is_open and (opened or slot.permit.probe):
            self._tell_open(slot.provider, now)
        if opened:
            self._opened(slot.provider.name)
        self._leave(slot, slot.permit.probe)
        return opened

    def heard(self, notice: Notice, now: float) -> bool:
        """What another worker told. True when that changed what is known here."""
        breaker = self.breakers.get(notice.provider)
        if breaker is None:
            return False
        if notice.kind == "open":
            opened = breaker.told_open(now, notice.seconds, notice.failing, notice.cooldown)
            if opened:
                self._opened(notice.provider)
            return opened
        if notice.kind == "closed":
            changed = breaker.told_closed(now)
            if changed:
                self._wake()
            return changed
        longer = notice.seconds > breaker.limited_for(now) + LEAST_TOLD_LIMIT
        breaker.wished(now, notice.seconds)
        return longer

    def wished(self, provider: Provider, now: float, retry_after: float) -> None:
        """The provider said with a failure when it wants to be asked again."""
        breaker = self.breakers[provider.name]
        before = breaker.limited_for(now)
        breaker.wished(now, retry_after)
        self._tell_limit(provider, before, now)

    def limited(self, slot: Slot, now: float, retry_after: float | None) -> None:
        """The provider refused the call for its rate limit."""
        breaker = self.breakers[slot.provider.name]
        before, was_open = breaker.limited_for(now), breaker.is_open
        breaker.limited(slot.permit, now, retry_after)
        # It was asked, and has read and written nothing.
        self.quotas[slot.provider.name].settle(slot.taken, 0)
        if was_open and not breaker.is_open and self._tell is not None:
            self._tell(Notice(slot.provider.name, "closed"))
        self._tell_limit(slot.provider, before, now)
        self._leave(slot, slot.permit.probe)

    def _tell_limit(self, provider: Provider, before: float, now: float) -> None:
        """Once for a burst of refusals: others need to hear of the longest wait only."""
        limit = self.breakers[provider.name].limited_for(now)
        if self._tell is not None and limit > before + LEAST_TOLD_LIMIT:
            self._tell(Notice(provider.name, "limited", limit))

    def unused(self, slot: Slot) -> None:
        """The call was not made after all."""
        self.quotas[slot.provider.name].give_back(slot.taken)
        self.released(slot)

    def released(self, slot: Slot) -> None:
        """The call ended without saying anything about the provider."""
        self.breakers[slot.provider.name].released(slot.permit)
        self._leave(slot, slot.permit.probe)

    def opening(self, provider: Provider) -> "asyncio.Future[None]":
        """Done when the provider's breaker opens: a call under way need not wait to its end then.

        Asked for by a call that is slower than usual; from then on the provider is watched for silence.
        """
        loop = asyncio.get_running_loop()
        if provider.name not in self._looks:
            self._look_later(provider)
        if (opening := self._openings.get(provider.name)) is None:
            opening = self._openings[provider.name] = loop.create_future()
        return opening

    def close(self) -> None:
        """No more looks."""
        for look in self._looks.values():
            look.cancel()
        self._looks.clear()

    def _look_later(self, provider: Provider) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + LOOK_SECONDS
        self._looks[provider.name] = loop.call_at(due, self._look, provider, due)

    def _look(self, provider: Provider, due: float) -> None:
        name, now = provider.name, asyncio.get_running_loop().time()
        slow_after = self.paces[name].slow_after
        del self._looks[name]
        if self.breakers[name].is_open or slow_after is None or not self._silences[name].waits:
            return
        since = self._silences[name].since(now, slow_after)
        # Where this look itself comes late the loop was held up, and there may be tokens that it has not read yet.
        if since is None or now - due > LOOK_SECONDS:
            self._look_later(provider)
        elif self.breakers[name].silent(now, since):
            self._tell_open(provider, now)
            self._opened(name)
            if self._silenced is not None:
                self._silenced(provider)

    def _tell_open(self, provider: Provider, now: float) -> None:
        if self._tell is not None:
            breaker = self.breakers[provider.name]
            spans = breaker.open_for(now), breaker.failing_for(now), breaker.cooldown
            self._tell(Notice(provider.name, "open", *spans))

    def _opened(self, name: str) -> None:
        if (opening := self._openings.pop(name, None)) is not None and not opening.done():
            opening.set_result(None)

    def _leave(self, slot: Slot, news: bool) -> None:
        self._silences[slot.provider.name].ended(slot)
        self.quotas[slot.provider.name].ended(slot.taken)
        full = self.in_flight[slot.provider.name] >= slot.provider.limits.concurrent
        self.in_flight[slot.provider.name] -= 1
        if news or full:
            self._wake()

    def _wake(self) -> None:
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def changed(self, seconds: float) -> None:
        """Return when a provider may have become ready by a call's end, after `seconds` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def _part(limit: int, workers: int) -> int:
    return max(1, limit // workers) if limit else 0

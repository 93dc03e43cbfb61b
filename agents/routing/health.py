"""The providers' breakers, limits and free slots, and a way to wait until one of them takes calls again."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from agents.routing.breaker import Breaker, Permit
from agents.routing.hedge import Pace
from agents.routing.quota import Quota, Taken
from config.providers import Provider


class Slot:
    """Leave to make one call to a provider, given back exactly once through `Health`."""

    __slots__ = ("permit", "provider", "taken")

    def __init__(self, provider: Provider, permit: Permit, taken: Taken) -> None:
        self.provider = provider
        self.permit = permit
        self.taken = taken


class Health:
    """What this worker knows of its providers' readiness. Times are monotonic seconds, told by the caller.

    Of each key's limits a minute it takes one part in `workers`.
    """

    def __init__(self, providers: Iterable[Provider], workers: int = 1) -> None:
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

    def ready_at(self, provider: Provider, now: float, prompt_tokens: int = 0) -> float | None:
        """When `provider` takes the next call; `now` for at once, None when that hangs on a call under way."""
        if self.in_flight[provider.name] >= provider.limits.concurrent:
            return None
        ready = self.breakers[provider.name].ready_at(now)
        if ready is None:
            return None
        return max(ready, self.quotas[provider.name].ready_at(now, prompt_tokens + provider.max_output_tokens))

    def acquire(self, provider: Provider, now: float, prompt_tokens: int = 0) -> Slot | None:
        """Leave for one call now, or None."""
        if self.ready_at(provider, now, prompt_tokens) != now:
            return None
        permit = self.breakers[provider.name].acquire(now)
        if permit is None:
            return None
        self.in_flight[provider.name] += 1
        taken = self.quotas[provider.name].take(now, prompt_tokens + provider.max_output_tokens)
        return Slot(provider, permit, taken)

    def succeeded(self, slot: Slot, now: float, tokens: int = 0, first_token: float | None = None) -> None:
        """The call gave a good reply of that many tokens, its prompt included."""
        self.quotas[slot.provider.name].settle(slot.taken, tokens or slot.taken.tokens)
        if first_token is not None:
            self.paces[slot.provider.name].began_after(first_token)
        breaker = self.breakers[slot.provider.name]
        was_open = breaker.is_open
        breaker.succeeded(slot.permit, now)
        self._leave(slot, was_open)

    def failed(self, slot: Slot, now: float) -> bool:
        """The call failed by the provider's fault. True when that opened its breaker."""
        opened = self.breakers[slot.provider.name].failed(slot.permit, now)
        self._leave(slot, slot.permit.probe)
        return opened

    def wished(self, provider: Provider, now: float, retry_after: float) -> None:
        """The provider said with a failure when it wants to be asked again."""
        self.breakers[provider.name].wished(now, retry_after)

    def limited(self, slot: Slot, now: float, retry_after: float | None) -> None:
        """The provider refused the call for its rate limit."""
        self.breakers[slot.provider.name].limited(slot.permit, now, retry_after)
        self._leave(slot, slot.permit.probe)

    def released(self, slot: Slot) -> None:
        """The call ended without saying anything about the provider."""
        self.breakers[slot.provider.name].released(slot.permit)
        self._leave(slot, slot.permit.probe)

    def _leave(self, slot: Slot, news: bool) -> None:
        full = self.in_flight[slot.provider.name] >= slot.provider.limits.concurrent
        self.in_flight[slot.provider.name] -= 1
        if news or full:
            waiting, self._changed = self._changed, asyncio.Event()
            waiting.set()

    async def changed(self, seconds: float) -> None:
        """Return when a provider may have become ready by a call's end, after `seconds` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def _part(limit: int, workers: int) -> int:
    return max(1, limit // workers) if limit else 0

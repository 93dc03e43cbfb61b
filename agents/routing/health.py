"""The providers' breakers and free slots, and a way to wait until one of them takes calls again."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from agents.routing.breaker import Breaker, Permit
from config.providers import Provider


class Slot:
    """Leave to make one call to a provider, given back exactly once through `Health`."""

    __slots__ = ("permit", "provider")

    def __init__(self, provider: Provider, permit: Permit) -> None:
        self.provider = provider
        self.permit = permit


class Health:
    """What this worker knows of its providers' readiness. Times are monotonic seconds, told by the caller."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.breakers = {provider.name: Breaker() for provider in providers}
        self.in_flight = dict.fromkeys(self.breakers, 0)
        self._changed = asyncio.Event()

    def ready_at(self, provider: Provider, now: float) -> float | None:
        """When `provider` takes the next call; `now` for at once, None when that hangs on a call under way."""
        if self.in_flight[provider.name] >= provider.limits.concurrent:
            return None
        return self.breakers[provider.name].ready_at(now)

    def acquire(self, provider: Provider, now: float) -> Slot | None:
        """Leave for one call now, or None."""
        if self.in_flight[provider.name] >= provider.limits.concurrent:
            return None
        permit = self.breakers[provider.name].acquire(now)
        if permit is None:
            return None
        self.in_flight[provider.name] += 1
        return Slot(provider, permit)

    def succeeded(self, slot: Slot, now: float) -> None:
        """The call gave a good reply."""
        breaker = self.breakers[slot.provider.name]
        was_open = breaker.is_open
        breaker.succeeded(slot.permit, now)
        self._leave(slot, was_open)

    def failed(self, slot: Slot, now: float) -> bool:
        """The call failed by the provider's fault. True when that opened its breaker."""
        opened = self.breakers[slot.provider.name].failed(slot.permit, now)
        self._leave(slot, slot.permit.probe)
        return opened

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

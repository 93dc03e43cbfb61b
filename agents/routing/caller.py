"""A message's call to a provider, and a second one beside it where the first is slow."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from agents.routing.attempt import FairTime, Reply, attempt
from agents.routing.decision import Policy
from agents.routing.errand import Errand
from agents.routing.failure import ProviderFailure, without
from agents.routing.health import Health, Slot
from agents.routing.hedge import HedgeShare, Race
from agents.routing.margin import Margin
from agents.routing.pacing import Pacer
from agents.routing.prompt import Prompt, render
from agents.routing.providers.client import Call, Client
from config.prompts import TutorTemplate
from config.providers import Provider, Timeouts
from schemas import ids
from schemas.codec import Event
from schemas.tries import GIVEN_UP

# A try that could get less time than this is not begun, seconds.
LEAST_TRY = 0.25
# Bad replies to one message from one provider before it is taken for the message's fault. Those that are withheld are
# so from the first on, but what is written differs from call to call.
MOST_BAD_REPLIES = 3
MOST_BAD_REPLIES_OF_THE_LAST = 12
# What a try must have had for its running out to be the provider's fault: seconds to the first token before the
# provider's pace is known, and for a whole reply a share of the time that its message had from the start.
UNKNOWN_FIRST_TOKEN = 1.0
LEAST_SHARE_OF_TIME = 0.5
# Of a reply, until some were seen, and the weight of each that is.
USUAL_REPLY_TOKENS = 250.0
REPLY_TOKENS_WEIGHT = 0.02

log = logging.getLogger(__name__)


class Caller:
    """Makes the calls of all messages of a worker, and tells health and policy what came of each.

    `counts` gets `ok:<provider>`, `<failure>:<provider>`, `breaker_opened:<provider>` and `hedged`. `reply_tokens` is
    the usual length of a reply, `margins` how each provider counts tokens beside the local estimate.
    """

    def __init__(
        self,
        clients: Mapping[str, Client],
        template: TutorTemplate,
        health: Health,
        policy: Policy,
        counts: Counter[str],
    ) -> None:
        self.clients = dict(clients)
        self.margins = {name: Margin() for name in clients}
        self.reply_tokens = USUAL_REPLY_TOKENS
        self._template = template
        self._health = health
        self._policy = policy
        self._counts = counts
        self._hedges = HedgeShare()
        self._pacer = Pacer()

    async def close(self) -> None:
        """Give back the clients' connections."""
        for client in self.clients.values():
            await client.close()

    async def call(
        self, errand: Errand, slot: Slot, others: Sequence[Provider], back_soon: int, tried: set[str]
    ) -> tuple[Provider, Reply] | None:
        """One call, and a second one to the next provider where the first is slower than it nearly always is.

        `others` take calls now, and `back_soon` more will in time: the call leaves them theirs. The first of the two
        to give a token goes on, the other is given up. None when it failed, or both did.
        """
        self._hedges.called()
        try:
            return await self._race(errand, slot, others, back_soon, tried)
        finally:
            errand.waited(asyncio.get_running_loop().time())

    async def _race(
        self, errand: Errand, slot: Slot, others: Sequence[Provider], back_soon: int, tried: set[str]
    ) -> tuple[Provider, Reply] | None:
        provider = slot.provider
        slow_after = self._health.paces[provider.name].slow_after if others else None
        if slow_after is None:
            reply = await self._try(errand, slot, len(others) + back_soon)
            return None if reply is None else (provider, reply)
        race = Race()
        tries = {asyncio.create_task(self._try(errand, slot, len(others) + back_soon, race)): provider}
        begun = asyncio.create_task(race.begun.wait())
        try:
            await asyncio.wait({*tries, begun}, timeout=slow_after, return_when=asyncio.FIRST_COMPLETED)
            if not begun.done() and not any(task.done() for task in tries):
                second = self._second(errand, slot, others)
                if second is None:
                    opening = self._health.opening(provider)
                    first: set[asyncio.Future[Any]] = {*tries, begun, opening}
                    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                    if opening.done() and not begun.done() and not any(task.done() for task in tries):
                        second = self._second(errand, slot, others)
                if second is not None:
                    tried.add(second.provider.name)
                    left = len(others) - 1 + back_soon
                    tries[asyncio.create_task(self._try(errand, second, left, race))] = second.provider
            while tries:
                waiting: set[asyncio.Task[Any]] = {*tries} if begun.done() else {*tries, begun}
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in tries if task in done]:
                    by = tries.pop(task)
                    if (reply := task.result()) is None:
                        continue
                    if not race.loses(by.name):
                        return by, reply
                    # Whole, but the listener hears another one: two replies are not to be mixed.
                    errand.lose(by, reply.usage)
                if begun.done():
                    for task in [task for task, by in tries.items() if race.loses(by.name)]:
                        await self._lose(errand, task, tries[task])
                        # It was not given its time: should the winner break off, it is there to turn to.
                        tried.discard(tries.pop(task).name)
            return None
        finally:
            for unfinished, by in tries.items():
                await self._lose(errand, unfinished, by)
            await self._give_up(begun)

    def _second(self, errand: Errand, first: Slot, others: Sequence[Provider]) -> Slot | None:
        """A slot for a second request: for a few where the first may be slow, for all where its provider is doubted."""
        now, tokens = asyncio.get_running_loop().time(), errand.prompt.tokens
        ready = next((other for other in others if self._health.ready_at(other, now, tokens) == now), None)
        if ready is None:
            return None
        if not self._health.breakers[first.provider.name].is_open and not self._hedges.take():
            return None
        self._counts["hedged"] += 1
        return self._health.acquire(ready, now, tokens)

    async def _lose(self, errand: Errand, task: "asyncio.Task[Reply | None]", provider: Provider) -> None:
        await self._give_up(task)
        if not task.cancelled() and task.exception() is None and (second := task.result()) is not None:
            # Both were whole at once.
            errand.lose(provider, second.usage)

    async def _give_up(self, task: "asyncio.Task[Any]") -> None:
        task.cancel()
        await asyncio.wait({task})

    async def _try(self, errand: Errand, slot: Slot, others: int, race: Race | None = None) -> Reply | None:
        """One call; None when it failed, and then health and record say why."""
        loop = asyncio.get_running_loop()
        provider = slot.provider
        try:
            await self._pacer.turn()
        except BaseException:
            self._health.unused(slot)
            raise
        now = loop.time()
        if now + LEAST_TRY > errand.give_up or (race is not None and race.loses(provider.name)):
            # The time is up, or the first has begun to answer while the second waited for its turn.
            self._health.unused(slot)
            return None
        reply: Reply | None = None
        try:
            errand.calls += 1
            errand.asked(now)
            prompt = self._prompt(errand, provider)
            call = Call(
                prompt.messages,
                provider.max_output_tokens,
                errand.scored["message_id"],
                _user(provider, errand.scored),
            )
            client, limits = self.clients[provider.name], _time_limits(provider.timeouts, errand.give_up - now, others)
            on_text, on_lost = self._teller(errand, slot, race), partial(errand.lose, provider)
            fair = self._fair(provider, errand.scored)
            reply = await attempt(client, call, limits, prompt.tokens, on_text, on_lost, fair)
        except ProviderFailure as failure:
            self._failed(errand, slot, failure, now)
        except BaseException:
            lost = race is not None and race.loses(provider.name)
            if lost and slot.permit.probe:
                # It was to show that it answers, and had longer than it nearly always needs.
                self._health.failed(slot, loop.time())
            else:
                self._health.released(slot)
            if lost:
                errand.record(provider, GIVEN_UP, "another provider was quicker", loop.time() - now)
            raise
        else:
            used = reply.prompt_tokens + reply.completion_tokens
            self._health.succeeded(slot, loop.time(), used, reply.first_token)
            self._policy.observe_try(provider.name, True)
            if reply.counted:
                self.margins[provider.name].counted(prompt.tokens, reply.prompt_tokens)
            self._counts[f"ok:{provider.name}"] += 1
            self.reply_tokens += REPLY_TOKENS_WEIGHT * (reply.completion_tokens - self.reply_tokens)
            errand.record(provider, "ok", None, reply.elapsed)
        return reply

    def _prompt(self, errand: Errand, provider: Provider) -> Prompt:
        """The errand's prompt, or a shorter one where this provider would count more than the budget in it."""
        prompt = errand.prompt
        budget = self.margins[provider.name].budget(prompt.budget)
        if prompt.tokens <= budget:
            return prompt
        shorter = render(errand.scored, errand.turns, self._template, budget)
        errand.prompts[provider.name] = shorter
        return shorter

    def _failed(self, errand: Errand, slot: Slot, failure: ProviderFailure, since: float) -> None:
        provider, now = slot.provider, asyncio.get_running_loop().time()
        self._counts[f"{failure.kind}:{provider.name}"] += 1
        # It may hold what the provider wrote: the learner's own words, and even the key that it was called with.
        error = without(provider.key.get_secret_value(), str(failure)[:200])
        errand.record(provider, failure.kind, error, now - since)
        if failure.permanent:
            errand.excluded.add(provider.name)
        if failure.kind in ("bad_reply", "withheld"):
            errand.bad_replies[provider.name] += 1
        if failure.kind == "rate_limited":
            self._health.limited(slot, now, failure.retry_after)
            return
        if failure.blames_message:
            self._health.released(slot)
            return
        self._policy.observe_try(provider.name, False)
        if failure.kind == "withheld":
            # It works, and others get their replies from it: this one was held back for what it says.
            self._health.succeeded(slot, now)
            if errand.bad_replies[provider.name] >= MOST_BAD_REPLIES:
                errand.excluded.add(provider.name)
            return
        opened = self._health.failed(slot, now)
        if failure.retry_after is not None:
            self._health.wished(provider, now, failure.retry_after)
        if opened:
            self._counts[f"breaker_opened:{provider.name}"] += 1
            log.warning("provider %s takes no calls for now: %s", provider.name, failure.headline)
        others = self.clients.keys() - errand.excluded - {provider.name}
        most = MOST_BAD_REPLIES if others else MOST_BAD_REPLIES_OF_THE_LAST
        if errand.bad_replies[provider.name] >= most and not self._health.breakers[provider.name].is_open:
            # Others get good replies from it: it is this message. The last provider left gets more patience, since
            # behind it there is only the offline reply.
            errand.excluded.add(provider.name)

    def _fair(self, provider: Provider, scored: Event) -> FairTime:
        """What a try must have had for its running out of time to be the provider's fault.

        Messages that come late, as after a rebalance, have seconds left: no reason to take a provider from all others.
        """
        usual = self._health.paces[provider.name].slow_after
        usual = UNKNOWN_FIRST_TOKEN if usual is None else usual
        whole = (scored["deadline_at"] - scored["appended_at"]) / 1_000_000
        declared = provider.timeouts
        return FairTime(min(declared.first_token, usual), min(declared.total, LEAST_SHARE_OF_TIME * whole))

    def _teller(self, errand: Errand, slot: Slot, race: Race | None) -> Callable[[str], None]:
        """What hears a try's tokens, and passes them on, numbered, unless another has been quicker."""
        tell, provider, loop = errand.numbered(), slot.provider, asyncio.get_running_loop()
        spoke = False

        def heard(text: str) -> None:
            nonlocal spoke
            if not spoke:
                spoke = True
                self._health.spoke(slot, loop.time())
            if (race is None or race.heard(provider.name)) and tell is not None:
                tell(text)

        return heard


def _time_limits(declared: Timeouts, left: float, others: int) -> Timeouts:
    """The deadline split over tries: with others to turn to, a provider gets its share of the time left to begin.

    Where no other takes calls, waiting for this one is the better bet, up to half of the time that is left.
    """
    share = left / (others + 1)
    first = min(declared.first_token, share) if others else max(declared.first_token, left / 2)
    return Timeouts(
        first_token=min(first, left),
        between_tokens=min(declared.between_tokens, left),
        total=min(max(declared.total, first), left),
    )


def _user(provider: Provider, scored: Event) -> str:
    if provider.user == "none":
        return ""
    learner = f"{scored['tenant_id']}/{scored['learner_id']}"
    return learner if provider.user == "learner" else ids.derived(learner, "routing", "user")

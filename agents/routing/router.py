"""The way from a scored message to its response: choose, call, fall back, and always answer in time."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from agents.routing import backoff
from agents.routing.attempt import Reply, attempt
from agents.routing.bandit import Bandit
from agents.routing.board import NoticeBoard
from agents.routing.cache.replies import Hit, ReplyCache, ReplyStore
from agents.routing.decision import Decision, DeclaredOrder, Policy, features_of
from agents.routing.failure import ProviderFailure
from agents.routing.health import Health, Slot
from agents.routing.hedge import HedgeShare, Race
from agents.routing.ledger import ConversationState, Turn
from agents.routing.margin import Margin
from agents.routing.pacing import Pacer
from agents.routing.prompt import Prompt, render, terms
from agents.routing.providers.client import Call, Client
from agents.routing.providers.factory import client_for
from agents.routing.spending import Spending
from agents.routing.thrift import Thrift
from config.prompts import FixedReplies, TutorTemplate, fixed_replies, in_language, tutor_template
from config.providers import BUILT_IN, Budgets, Provider, Timeouts, available, read_file
from config.settings import Settings
from schemas import ids
from schemas.codec import Event
from schemas.provider_notices import Notice

# (response id, number of the try from 1, sequence number within the try from 0, text). A try after the first begins
# with an empty text at sequence 0: what came before it is void. Called from the event loop; must not block.
TokenSink = Callable[[str, int, int, str], None]

# A try that could get less time than this is not begun, seconds.
LEAST_TRY = 0.25
# Kept back from the time to the deadline for producing the response: this share of it, at most so many seconds.
MARGIN_SHARE = 0.1
MOST_MARGIN = 1.0
# Whatever is wrong, a message looks again after this long, seconds.
MOST_NAP = 5.0
# Bad replies to one message from one provider before it is taken for the message's fault.
MOST_BAD_REPLIES = 3
MOST_BAD_REPLIES_OF_THE_LAST = 12
MOST_RECORDED_TRIES = 24
# Of a reply, until some were seen, and the weight of each that is.
USUAL_REPLY_TOKENS = 250.0
REPLY_TOKENS_WEIGHT = 0.02
DAY_MICROS = 86_400_000_000

log = logging.getLogger(__name__)


def response_id(message_id: str) -> str:
    """The id of the response to a message: one message, one response id."""
    return ids.derived(message_id, "routing", "response")


@dataclass(slots=True)
class _Errand:
    """What is known of one message while it is being answered. `give_up` is on the event loop's clock.

    `prompts` holds, by provider, those that had to be shorter than `prompt` to keep the budget there.
    """

    scored: Event
    prompt: Prompt
    give_up: float
    on_token: TokenSink | None
    turns: Sequence[Turn] = ()
    prompts: dict[str, Prompt] = field(default_factory=dict)
    tries: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    excluded: set[str] = field(default_factory=set)
    bad_replies: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    streamed: bool = False
    provider_ms: float = 0.0

    def record(self, provider: Provider, outcome: str, error: str | None, elapsed: float) -> None:
        self.provider_ms += elapsed * 1000
        if len(self.tries) < MOST_RECORDED_TRIES:
            self.tries.append(
                {
                    "provider": provider.name,
                    "model": provider.model,
                    "outcome": outcome,
                    "error": error,
                    "elapsed_ms": elapsed * 1000,
                }
            )


class Router:
    """Answers messages. One instance serves a worker; all its learners' messages at once.

    `counts` holds how often what happened, by name: `ok:<provider>`, `<failure>:<provider>`,
    `breaker_opened:<provider>`, `told_<notice>:<provider>`, `hedged`, `offline`, `safe`, `re_emitted`,
    `discarded_late`, `over_budget`.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        clients: Mapping[str, Client],
        template: TutorTemplate,
        fixed: FixedReplies,
        policy: Policy | None = None,
        random: Random | None = None,
        budgets: Budgets | None = None,
        cache: ReplyCache | None = None,
        workers: int = 1,
        board: NoticeBoard | None = None,
    ) -> None:
        self._providers = tuple(providers)
        self._by_name = {provider.name: provider for provider in providers}
        self._clients = dict(clients)
        self._template = template
        self._fixed = fixed
        self._policy: Policy = policy or DeclaredOrder()
        # Learns from rewards in any case, so that a change of policy begins with what is known.
        self.bandit = self._policy if isinstance(self._policy, Bandit) else Bandit(providers)
        self._random = random or Random()
        self._board = board
        self._listening = False
        self.health = Health(providers, workers, board.tell if board is not None else None, self._silenced)
        self._hedges = HedgeShare()
        self.counts: Counter[str] = Counter()
        self._pacer = Pacer()
        self._budgets = budgets or Budgets()
        self.spending = Spending()
        # Prices need a policy that knows what a reply is worth.
        self._thrift = Thrift(self._budgets.day_usd if isinstance(self._policy, Bandit) else 0.0, workers)
        self._reply_tokens = USUAL_REPLY_TOKENS
        self._cache = cache
        self.margins = {provider.name: Margin() for provider in providers}

    async def answer(
        self,
        scored: Event,
        state: ConversationState,
        now_micros: Callable[[], int],
        repeated: bool,
        on_token: TokenSink | None = None,
    ) -> tuple[Event, ConversationState]:
        """The TutorResponse to a ScoredMessage, and the learner's state after it.

        A message that is in the ledger gets its stored response, and no provider is called. No failure of a provider
        is raised: where none answers in time, the reply is the offline one. Returns before `deadline_at`; where that
        has passed already, at once. `now_micros` is the clock that the deadline is on (microseconds, UTC); `repeated`
        says that an earlier call for this message may have been under way at a crash. Cancellation ends the calls and
        leaves `state` as it was.
        """
        if (stored := state.find(scored["message_id"])) is not None:
            self.counts["re_emitted"] += 1
            known = state.knows(scored["message_id"])
            return stored, state if known else state.with_reply(stored, now_micros() // DAY_MICROS)
        self._listen()
        started = now_micros()
        turns = state.since(scored["turns_through"])
        prompt = render(scored, turns, self._template)
        if scored["emotion"]["crisis"]:
            self.counts["safe"] += 1
            text = in_language(self._fixed.safe, scored["language"])
            errand = _Errand(scored, prompt, 0.0, None)
            return self._finish(errand, state, None, "SAFE", text, self._decide(errand), now_micros(), repeated)

        loop = asyncio.get_running_loop()
        left = (scored["deadline_at"] - started) / 1_000_000
        margin = min(MOST_MARGIN, MARGIN_SHARE * (scored["deadline_at"] - scored["appended_at"]) / 1_000_000)
        errand = _Errand(scored, prompt, loop.time() + left - margin, on_token, turns)
        if (spent := self._spent(scored, state, started // DAY_MICROS)) is not None:
            self._spare(errand, spent)
        self._leave_out_short(errand)
        decision = self._decide(errand, started if spent is None else None)
        hit = None
        if self._cache is not None:
            hit = await self._cache.find(scored, terms(scored, self._template), prompt.template_version, started)
        if hit is not None and hit.fresh:
            return self._finish(errand, state, None, "CACHE", hit.text, decision, now_micros(), repeated, hit)
        answered = await self._from_providers(errand, decision)
        ended = now_micros()
        if answered is not None and ended > scored["deadline_at"]:
            provider, _ = answered
            self.counts["discarded_late"] += 1
            late = (ended - scored["deadline_at"]) / 1_000_000
            errand.record(provider, "timeout", f"reply came {late:.3f} s after the deadline: discarded", 0.0)
            answered = None
        if answered is None:
            self.counts["offline"] += 1
            if errand.streamed and on_token is not None:
                on_token(response_id(scored["message_id"]), errand.calls + 1, 0, "")
            if hit is not None:
                return self._finish(errand, state, None, "CACHE", hit.text, decision, ended, repeated, hit)
            text = in_language(self._fixed.offline, scored["language"])
            return self._finish(errand, state, None, "OFFLINE", text, decision, ended, repeated)
        text = answered[1].text
        if self._cache is not None:
            self._cache.keep(scored, prompt, terms(scored, self._template), text, answered[1].finish_reason, ended)
        return self._finish(errand, state, answered, "PROVIDER", text, decision, ended, repeated)

    async def close(self) -> None:
        """Give back the clients' connections."""
        for client in self._clients.values():
            await client.close()
        self.health.close()
        if self._cache is not None:
            await self._cache.close()
        if self._board is not None:
            await self._board.close()

    def _listen(self) -> None:
        """Hear what other workers tell, from the first message on: only then there is an event loop."""
        if self._board is not None and not self._listening:
            self._listening = True
            self._board.listen(list(self._by_name), self._heard)

    def _heard(self, notice: Notice) -> None:
        if self.health.heard(notice, asyncio.get_running_loop().time()):
            self.counts[f"told_{notice.kind}:{notice.provider}"] += 1
            if notice.kind == "open":
                log.warning("provider %s takes no calls for now: another worker's failed", notice.provider)

    def _silenced(self, provider: Provider) -> None:
        self._policy.observe_try(provider.name, False)
        self.counts[f"breaker_opened:{provider.name}"] += 1
        log.warning("provider %s takes no calls for now: it says nothing", provider.name)

    def _decide(self, errand: _Errand, budgeted_at: int | None = None) -> Decision:
        """The policy's word; while the day's budget is short of what is wished, what is dear is charged for.

        `budgeted_at` is the moment of a message whose cost counts in that budget.
        """
        now = asyncio.get_running_loop().time()
        features = features_of(errand.scored, errand.prompt.tokens)
        open_to_calls = {
            provider.name: provider.name not in errand.excluded and self._ready_at(errand, provider, now) == now
            for provider in self._providers
        }
        if budgeted_at is None or not self._budgets.day_usd:
            return self._policy.decide(errand.scored["task"], features, open_to_calls)
        tokens = errand.prompt.tokens, round(self._reply_tokens)
        costs = {provider.name: provider.cost_usd(*tokens) for provider in self._providers}
        charges = {name: self._thrift.price * cost for name, cost in costs.items()}
        decision = self._policy.decide(errand.scored["task"], features, open_to_calls, charges)
        worth = {c.provider: c.score + charges[c.provider] for c in decision.candidates if open_to_calls[c.provider]}
        self._thrift.seen(budgeted_at / 1_000_000, worth, costs, self.spending.usd(budgeted_at // DAY_MICROS))
        return decision

    def _spent(self, scored: Event, state: ConversationState, day: int) -> str | None:
        """Whose budget for the day is spent; None where there is money left."""
        budgets = self._budgets
        if budgets.learner_day_usd and state.spent_usd(day) >= budgets.learner_day_usd:
            return "the learner's"
        if budgets.tenant_day_usd and self.spending.usd(day, scored["tenant_id"]) >= budgets.tenant_day_usd:
            return "the tenant's"
        if budgets.day_usd and self.spending.usd(day) >= budgets.day_usd:
            return "the whole"
        return None

    def _spare(self, errand: _Errand, whose: str) -> None:
        """Leave out all but the cheapest provider: a budget for the day is spent."""
        self.counts["over_budget"] += 1
        errand.missing.append("budget")
        prices = {provider.name: provider.price.input + provider.price.output for provider in self._providers}
        for provider in self._providers:
            if prices[provider.name] > min(prices.values()):
                errand.excluded.add(provider.name)
                errand.record(provider, "skipped", f"{whose} budget for the day is spent", 0.0)

    def _leave_out_short(self, errand: _Errand) -> None:
        """Leave out providers whose context is too short for prompt and reply, unless none is left then.

        They would refuse; that the local count is an estimate is no reason to ask, while others can take it.
        """
        left = [provider for provider in self._providers if provider.name not in errand.excluded]
        short = [p for p in left if errand.prompt.tokens + p.max_output_tokens > p.context_tokens]
        if len(short) == len(left):
            return
        for provider in short:
            errand.excluded.add(provider.name)
            errand.record(provider, "skipped", f"its context holds {provider.context_tokens} tokens", 0.0)

    async def _from_providers(self, errand: _Errand, decision: Decision) -> tuple[Provider, Reply] | None:
        """The first good reply in the decision's order, in rounds with a backoff between them; None when time is up."""
        loop = asyncio.get_running_loop()
        order = [self._by_name[candidate.provider] for candidate in decision.candidates]
        for provider in order:
            if self.health.breakers[provider.name].is_open and provider.name not in errand.excluded:
                errand.record(provider, "open", "circuit breaker open", 0.0)
        tried: set[str] = set()
        rounds = 0
        while (now := loop.time()) + LEAST_TRY <= errand.give_up:
            waiting = [provider for provider in order if provider.name not in errand.excluded]
            ready = [p for p in waiting if p.name not in tried and self._ready_at(errand, p, now) == now]
            slot = self.health.acquire(ready[0], now, errand.prompt.tokens) if ready else None
            if slot is not None:
                tried.add(slot.provider.name)
                back_soon = sum(p is not slot.provider and self._limited_for_now(errand, p, now) for p in waiting)
                answered = await self._hedged(errand, slot, ready[1:], back_soon, tried)
                if answered is not None:
                    return answered
            elif any(self._ready_at(errand, p, now) == now for p in waiting):
                # Each of the ready ones has failed this message in this round.
                rounds += 1
                tried.clear()
                await self._nap(errand, backoff.wait(rounds, self._random))
            else:
                wait = self._wait_for_any(errand, waiting, now)
                if wait is None:
                    break
                tried.clear()
                await self.health.changed(min(wait, errand.give_up - now))
        return None

    def _wait_for_any(self, errand: _Errand, waiting: Sequence[Provider], now: float) -> float | None:
        """How long to wait for a provider to take calls again, seconds; None when waiting makes no sense.

        A provider that was lost a short while ago is waited for. One that has been away for long is not: its probes
        are made by messages that come when one is due, and the others go without.
        """
        waits = []
        for provider in waiting:
            if self.health.breakers[provider.name].given_up(now):
                continue
            ready = self._ready_at(errand, provider, now)
            if ready is None:
                waits.append(MOST_NAP)
            elif ready + LEAST_TRY <= errand.give_up:
                # Not all at the same instant.
                waits.append(ready - now + self._random.random() * 0.05)
        return min(waits) if waits else None

    async def _nap(self, errand: _Errand, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, min(seconds, errand.give_up - now)))

    def _ready_at(self, errand: _Errand, provider: Provider, now: float) -> float | None:
        return self.health.ready_at(provider, now, errand.prompt.tokens)

    def _limited_for_now(self, errand: _Errand, provider: Provider, now: float) -> bool:
        """Whether `provider` is well, and takes this message once its limits allow, with time left for a try."""
        if self.health.breakers[provider.name].is_open:
            return False
        ready = self._ready_at(errand, provider, now)
        return ready is not None and ready != now and ready + provider.timeouts.first_token <= errand.give_up

    async def _hedged(
        self, errand: _Errand, slot: Slot, others: Sequence[Provider], back_soon: int, tried: set[str]
    ) -> tuple[Provider, Reply] | None:
        """One call, and a second one to the next provider where the first is slower than it nearly always is.

        `others` take calls now, and `back_soon` more will in time: the call leaves them theirs. The first of the two
        to give a token goes on, the other is given up. None when it failed, or both did.
        """
        provider = slot.provider
        self._hedges.called()
        slow_after = self.health.paces[provider.name].slow_after if others else None
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
                    opening = self.health.opening(provider)
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
                    if (reply := task.result()) is not None:
                        return by, reply
                if begun.done():
                    for task in [task for task, by in tries.items() if race.loses(by.name)]:
                        await self._give_up(task)
                        # It was not given its time: should the winner break off, it is there to turn to.
                        tried.discard(tries.pop(task).name)
            return None
        finally:
            for unfinished in (*tries, begun):
                await self._give_up(unfinished)

    def _second(self, errand: _Errand, first: Slot, others: Sequence[Provider]) -> Slot | None:
        """A slot for a second request: for a few where the first may be slow, for all where its provider is doubted."""
        now = asyncio.get_running_loop().time()
        ready = next((other for other in others if self._ready_at(errand, other, now) == now), None)
        if ready is None:
            return None
        if not self.health.breakers[first.provider.name].is_open and not self._hedges.take():
            return None
        self.counts["hedged"] += 1
        return self.health.acquire(ready, now, errand.prompt.tokens)

    async def _give_up(self, task: "asyncio.Task[Any]") -> None:
        task.cancel()
        await asyncio.wait({task})

    async def _try(self, errand: _Errand, slot: Slot, others: int, race: Race | None = None) -> Reply | None:
        """One call; None when it failed, and then health and record say why."""
        loop = asyncio.get_running_loop()
        provider, now = slot.provider, loop.time()
        reply: Reply | None = None
        try:
            await self._pacer.turn()
            now = loop.time()
            if now + LEAST_TRY > errand.give_up:
                self.health.released(slot)
                return None
            errand.calls += 1
            prompt = self._prompt(errand, provider)
            call = Call(
                prompt.messages,
                provider.max_output_tokens,
                errand.scored["message_id"],
                _user(provider, errand.scored),
            )
            client, limits = self._clients[provider.name], _time_limits(provider.timeouts, errand.give_up - now, others)
            reply = await attempt(client, call, limits, prompt.tokens, self._teller(errand, slot, race))
        except ProviderFailure as failure:
            self._failed(errand, slot, failure, now)
        except BaseException:
            lost = race is not None and race.loses(provider.name)
            if lost and slot.permit.probe:
                # It was to show that it answers, and had longer than it nearly always needs.
                self.health.failed(slot, loop.time())
            else:
                self.health.released(slot)
            if lost:
                errand.record(provider, "cancelled", "another provider was quicker", loop.time() - now)
            raise
        else:
            used = reply.prompt_tokens + reply.completion_tokens
            self.health.succeeded(slot, loop.time(), used, reply.first_token)
            self._policy.observe_try(provider.name, True)
            if reply.counted:
                self.margins[provider.name].counted(prompt.tokens, reply.prompt_tokens)
            self.counts[f"ok:{provider.name}"] += 1
            self._reply_tokens += REPLY_TOKENS_WEIGHT * (reply.completion_tokens - self._reply_tokens)
            errand.record(provider, "ok", None, reply.elapsed)
        return reply

    def _prompt(self, errand: _Errand, provider: Provider) -> Prompt:
        """The errand's prompt, or a shorter one where this provider would count more than the budget in it."""
        prompt = errand.prompt
        budget = self.margins[provider.name].budget(prompt.budget)
        if prompt.tokens <= budget:
            return prompt
        shorter = render(errand.scored, errand.turns, self._template, budget)
        errand.prompts[provider.name] = shorter
        return shorter

    def _failed(self, errand: _Errand, slot: Slot, failure: ProviderFailure, since: float) -> None:
        provider, now = slot.provider, asyncio.get_running_loop().time()
        self.counts[f"{failure.kind}:{provider.name}"] += 1
        errand.record(provider, failure.kind, str(failure)[:200], now - since)
        if failure.permanent:
            errand.excluded.add(provider.name)
        if failure.kind == "bad_reply":
            errand.bad_replies[provider.name] += 1
        if failure.kind == "rate_limited":
            self.health.limited(slot, now, failure.retry_after)
            return
        if failure.blames_message:
            self.health.released(slot)
            return
        self._policy.observe_try(provider.name, False)
        opened = self.health.failed(slot, now)
        if failure.retry_after is not None:
            self.health.wished(provider, now, failure.retry_after)
        if opened:
            self.counts[f"breaker_opened:{provider.name}"] += 1
            log.warning("provider %s takes no calls for now: %s", provider.name, failure)
        others = self._by_name.keys() - errand.excluded - {provider.name}
        most = MOST_BAD_REPLIES if others else MOST_BAD_REPLIES_OF_THE_LAST
        if errand.bad_replies[provider.name] >= most and not self.health.breakers[provider.name].is_open:
            # Others get good replies from it: it is this message. The last provider left gets more patience, since
            # behind it there is only the offline reply.
            errand.excluded.add(provider.name)

    def _teller(self, errand: _Errand, slot: Slot, race: Race | None) -> Callable[[str], None]:
        """What hears a try's tokens, and passes them on, numbered, unless another has been quicker."""
        tell, provider, loop = self._numbered(errand), slot.provider, asyncio.get_running_loop()
        spoke = False

        def heard(text: str) -> None:
            nonlocal spoke
            if not spoke:
                spoke = True
                self.health.spoke(slot, loop.time())
            if (race is None or race.heard(provider.name)) and tell is not None:
                tell(text)

        return heard

    def _numbered(self, errand: _Errand) -> Callable[[str], None] | None:
        sink = errand.on_token
        if sink is None:
            return None
        answer_id, number, sequence = response_id(errand.scored["message_id"]), errand.calls, 0
        if errand.streamed:
            sink(answer_id, number, 0, "")
            sequence = 1

        def tell(text: str) -> None:
            nonlocal sequence
            errand.streamed = True
            sink(answer_id, number, sequence, text)
            sequence += 1

        return tell

    def _finish(
        self,
        errand: _Errand,
        state: ConversationState,
        answered: tuple[Provider, Reply] | None,
        source: str,
        text: str,
        decision: Decision,
        ended: int,
        repeated: bool,
        hit: Hit | None = None,
    ) -> tuple[Event, ConversationState]:
        scored = errand.scored
        provider, reply = answered or (None, None)
        prompt = errand.prompts.get(provider.name, errand.prompt) if provider else errand.prompt
        step = scored["next_step"]
        name = provider.name if provider else source.lower()
        missing = [*scored["missing"], *errand.missing]
        if source == "OFFLINE" or (hit is not None and not hit.fresh):
            missing.append("providers")
        if self._cache is not None and self._cache.away:
            missing.append("reply_cache")
        response: Event = {
            "event_id": ids.derived(scored["event_id"], "routing", "response"),
            "tenant_id": scored["tenant_id"],
            "learner_id": scored["learner_id"],
            "session_id": scored["session_id"],
            "course_id": scored["course_id"],
            # In the message's own time, so that a replay of old messages keeps replies beside them.
            "sent_at": scored["sent_at"] + max(0, ended - scored["appended_at"]),
            "message_id": scored["message_id"],
            "response_id": response_id(scored["message_id"]),
            "turn": max(state.last_turn, scored["turns_through"]) + 1,
            "text": text,
            "message_text": scored["text"],
            "source": source,
            "provider": name,
            "model": provider.model if provider else "",
            "template_version": prompt.template_version if provider or hit else self._fixed.label,
            "finish_reason": reply.finish_reason if reply else "stop",
            "prompt_tokens": reply.prompt_tokens if reply else 0,
            "completion_tokens": reply.completion_tokens if reply else 0,
            "cost_usd": provider.cost_usd(reply.prompt_tokens, reply.completion_tokens) if provider and reply else 0.0,
            "provider_ms": errand.provider_ms,
            "first_token_ms": reply.first_token * 1000 if reply else None,
            "tries": errand.tries,
            "repeated_call": repeated and errand.calls > 0,
            "appended_at": scored["appended_at"],
            "deadline_at": scored["deadline_at"],
            "task": scored["task"],
            "concepts": scored["concepts"],
            "item_id": step["item_id"] if step else None,
            "emotion": scored["emotion"],
            "plan": scored["plan"],
            "decision": decision.record(name),
            "prompt": list(prompt.considered) if provider else [],
            "prompt_budget": prompt.budget,
            "missing": missing,
            "cache": hit.record() if hit else None,
            "layer_weights": scored.get("layer_weights", {}),
        }
        return response, state.with_reply(response, ended // DAY_MICROS)


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


def build_router(
    settings: Settings,
    environ: Mapping[str, str],
    store: ReplyStore | None = None,
    board: NoticeBoard | None = None,
) -> Router:
    """A router with the declared providers that `environ` has keys for, and a reply cache where it is given a store.

    Given a board, it shares with other workers what it learns of the providers' outages and limits.
    Takes seconds where a provider is called by litellm. Raises `config.providers.ProvidersError` and
    `config.prompts.TemplateError` with one line for people.
    """
    path = Path(settings.providers_file) if settings.providers_file else BUILT_IN
    declared = read_file(path)
    providers = available(declared, environ)
    clients = {provider.name: client_for(provider) for provider in providers}
    policy: Policy = Bandit(providers) if declared.policy == "bandit" else DeclaredOrder()
    seconds = settings.reply_cache_hours * 3600
    cache = ReplyCache(store, seconds) if store is not None and seconds else None
    return Router(
        providers,
        clients,
        tutor_template(),
        fixed_replies(),
        policy,
        budgets=declared.budgets,
        cache=cache,
        workers=settings.routing_workers,
        board=board,
    )

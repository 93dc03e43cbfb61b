"""The way from a scored message to its response: choose, call, fall back, and always answer in time."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from agents.routing import backoff
from agents.routing.attempt import Reply
from agents.routing.bandit import Bandit
from agents.routing.board import NoticeBoard
from agents.routing.cache.replies import Hit, ReplyCache
from agents.routing.caller import LEAST_TRY, Caller
from agents.routing.decision import Decision, DeclaredOrder, Policy, features_of
from agents.routing.eligible import dearer, spent_budget, too_short
from agents.routing.errand import Errand, TokenSink, response_id
from agents.routing.health import Health
from agents.routing.ledger import ConversationState
from agents.routing.prompt import render, terms
from agents.routing.providers.client import Client
from agents.routing.response import Answer, response_event
from agents.routing.spending import Spending
from agents.routing.thrift import Thrift
from config.prompts import FixedReplies, TutorTemplate, in_language
from config.providers import Budgets, Provider
from schemas.codec import Event
from schemas.provider_notices import Notice
from schemas.tries import all_withheld

# Kept back from the time to the deadline for producing the response: this share of it, at most so many seconds.
MARGIN_SHARE = 0.1
MOST_MARGIN = 1.0
# Whatever is wrong, a message looks again after this long, seconds.
MOST_NAP = 5.0
# Between two looks whether calls under way have left room in their key's minute, seconds.
QUOTA_NAP = 0.5
DAY_MICROS = 86_400_000_000

log = logging.getLogger(__name__)


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
        self._template = template
        self._fixed = fixed
        self._policy: Policy = policy or DeclaredOrder()
        # Learns from rewards in any case, so that a change of policy begins with what is known.
        self.bandit = self._policy if isinstance(self._policy, Bandit) else Bandit(providers)
        self._random = random or Random()
        self._board = board
        self._listening = False
        self.health = Health(providers, workers, board.tell if board is not None else None, self._silenced)
        self.counts: Counter[str] = Counter()
        self.caller = Caller(clients, template, self.health, self._policy, self.counts)
        self._budgets = budgets or Budgets()
        self.spending = Spending()
        # Prices need a policy that knows what a reply is worth.
        self._thrift = Thrift(self._budgets.day_usd if isinstance(self._policy, Bandit) else 0.0, workers)
        self._cache = cache

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
            errand = Errand(scored, prompt, 0.0, None)
            safe = Answer(in_language(self._fixed.safe, scored["language"]), "SAFE")
            return self._finish(errand, state, safe, self._decide(errand), now_micros(), repeated)

        loop = asyncio.get_running_loop()
        left = (scored["deadline_at"] - started) / 1_000_000
        margin = min(MOST_MARGIN, MARGIN_SHARE * (scored["deadline_at"] - scored["appended_at"]) / 1_000_000)
        errand = Errand(scored, prompt, loop.time() + left - margin, on_token, turns)
        day = started // DAY_MICROS
        spent = spent_budget(self._budgets, state, self.spending, scored["tenant_id"], day)
        if spent is not None:
            self._spare(errand, spent)
        self._leave_out_short(errand)
        decision = self._decide(errand, started if spent is None else None)
        hit = None
        if self._cache is not None:
            hit = await self._cache.find(scored, terms(scored, self._template), prompt.template_version, started)
        if hit is not None and turns and hit.text == turns[-1].reply:
            # Who asks again at once was not helped by these words: they are better than none, and no more.
            hit = replace(hit, fresh=False)
        if hit is not None and hit.fresh:
            cached = Answer(hit.text, "CACHE", hit=hit)
            return self._finish(errand, state, cached, decision, now_micros(), repeated)
        answered = await self._from_providers(errand, decision)
        ended = now_micros()
        if answered is not None and ended > scored["deadline_at"]:
            self.counts["discarded_late"] += 1
            late = (ended - scored["deadline_at"]) / 1_000_000
            errand.discard(answered[0], f"reply came {late:.3f} s after the deadline: discarded")
            errand.lose(answered[0], answered[1].usage)
            answered = None
        if answered is None:
            return self._finish(errand, state, self._offline(errand, hit), decision, ended, repeated)
        provider, reply = answered
        if self._cache is not None:
            self._cache.keep(scored, prompt, terms(scored, self._template), reply.text, reply.finish_reason, ended)
        return self._finish(errand, state, Answer(reply.text, "PROVIDER", provider, reply), decision, ended, repeated)

    async def rewarded(self, reward: Event) -> None:
        """A Reward of an earlier reply: one that its learner calls unhelpful is not given again."""
        if self._cache is not None and reward["components"].get("feedback", 0.0) < 0:
            await self._cache.withdraw(reward["tenant_id"], reward["learner_id"], reward["message_id"])

    async def close(self) -> None:
        """Give back the clients' connections."""
        await self.caller.close()
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

    def _decide(self, errand: Errand, budgeted_at: int | None = None) -> Decision:
        """The policy's word; while the day's budget is short of what is wished, what is dear is charged for.

        `budgeted_at` is the moment of a message whose cost counts in that budget.
        """
        now = asyncio.get_running_loop().time()
        features, draw = features_of(errand.scored, errand.prompt.tokens), errand.scored["message_id"]
        open_to_calls = {
            provider.name: provider.name not in errand.excluded and self._ready_at(errand, provider, now) == now
            for provider in self._providers
        }
        if budgeted_at is None or not self._budgets.day_usd:
            return self._policy.decide(errand.scored["task"], features, open_to_calls, draw=draw)
        tokens = errand.prompt.tokens, round(self.caller.reply_tokens)
        costs = {provider.name: provider.cost_usd(*tokens) for provider in self._providers}
        charges = {name: self._thrift.price * cost for name, cost in costs.items()}
        decision = self._policy.decide(errand.scored["task"], features, open_to_calls, charges, draw)
        worth = {c.provider: c.score + charges[c.provider] for c in decision.candidates if open_to_calls[c.provider]}
        self._thrift.seen(budgeted_at / 1_000_000, worth, costs, self.spending.usd(budgeted_at // DAY_MICROS))
        return decision

    def _spare(self, errand: Errand, whose: str) -> None:
        """Leave out all but the cheapest provider: a budget for the day is spent."""
        self.counts["over_budget"] += 1
        errand.missing.append("budget")
        for provider in dearer(self._providers):
            errand.excluded.add(provider.name)
            errand.record(provider, "skipped", f"{whose} budget for the day is spent", 0.0)

    def _leave_out_short(self, errand: Errand) -> None:
        left = [provider for provider in self._providers if provider.name not in errand.excluded]
        for provider in too_short(left, errand.prompt.tokens):
            errand.excluded.add(provider.name)
            errand.record(provider, "skipped", f"its context holds {provider.context_tokens} tokens", 0.0)

    async def _from_providers(self, errand: Errand, decision: Decision) -> tuple[Provider, Reply] | None:
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
                answered = await self.caller.call(errand, slot, ready[1:], back_soon, tried)
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

    def _wait_for_any(self, errand: Errand, waiting: Sequence[Provider], now: float) -> float | None:
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
                # All together, as their calls are paced: spread out, only the first few would go before one of them is
                # refused again, which puts off all others by as long as the provider asks for.
                waits.append(ready - now)
            elif self.health.may_be_sooner(provider, now, errand.prompt.tokens):
                waits.append(QUOTA_NAP)
        return min(waits) if waits else None

    async def _nap(self, errand: Errand, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, min(seconds, errand.give_up - now)))

    def _ready_at(self, errand: Errand, provider: Provider, now: float) -> float | None:
        return self.health.ready_at(provider, now, errand.prompt.tokens)

    def _limited_for_now(self, errand: Errand, provider: Provider, now: float) -> bool:
        """Whether `provider` is well, and takes this message once its limits allow, with time left for a try."""
        if self.health.breakers[provider.name].is_open:
            return False
        ready = self._ready_at(errand, provider, now)
        return ready is not None and ready != now and ready + provider.timeouts.first_token <= errand.give_up

    def _offline(self, errand: Errand, hit: Hit | None) -> Answer:
        """What is said where no provider answered in time: an older reply to the same, or that there is none."""
        self.counts["offline"] += 1
        if errand.streamed and errand.on_token is not None:
            errand.on_token(response_id(errand.scored["message_id"]), errand.calls + 1, 0, "")
        if hit is not None:
            return Answer(hit.text, "CACHE", hit=hit)
        return Answer(self._fixed.unanswered(errand.scored["language"], all_withheld(errand.tries)), "OFFLINE")

    def _finish(
        self,
        errand: Errand,
        state: ConversationState,
        answer: Answer,
        decision: Decision,
        ended: int,
        repeated: bool,
    ) -> tuple[Event, ConversationState]:
        missing = [*errand.scored["missing"], *errand.missing]
        if answer.source == "OFFLINE" or (answer.hit is not None and not answer.hit.fresh):
            missing.append("providers")
        if self._cache is not None and self._cache.away:
            missing.append("reply_cache")
        if self._cache is not None and answer.hit is not None:
            self._cache.given(errand.scored, answer.hit)
        response = response_event(
            errand,
            answer,
            turn=max(state.last_turn, errand.scored["turns_through"]) + 1,
            decision=decision,
            ended=ended,
            repeated=repeated,
            fixed_label=self._fixed.label,
            missing=missing,
        )
        return response, state.with_reply(response, ended // DAY_MICROS)

"""The routing stage once more, without calling anybody: who would be asked what, and what is known of the answer.

The prompt, the features, the decision, the budget and the cost are worked out. What providers did is taken from the
record: it holds what a provider answered to a prompt, how long that took, how each try ended and which providers took
calls. Where another provider would be asked, or another prompt sent, the answer is not known, unless the record holds
that provider's answer to that prompt. The conversation then goes on with the recorded reply in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson

from agents.routing.attempt import Reply
from agents.routing.bandit import Bandit
from agents.routing.cache.replies import Hit, applies
from agents.routing.decision import Candidate, Decision, DeclaredOrder, features_of
from agents.routing.eligible import dearer, spent_budget, too_short
from agents.routing.errand import Errand
from agents.routing.ledger import ConversationState
from agents.routing.prompt import Prompt, render, terms
from agents.routing.response import Answer, response_event
from agents.routing.router import DAY_MICROS
from agents.routing.spending import Spending
from agents.routing.usage import paid_usd
from cli.what_if.program import Program
from config.prompts import FixedReplies, TutorTemplate, fixed_replies, in_language, tutor_template
from config.providers import Provider
from schemas.codec import Event
from schemas.tries import GIVEN_UP, NOT_CALLED, all_withheld, called

TAKES_NO_CALLS = "takes no calls now"
# Ends of a try that say nothing of whether a provider works.
NO_WORD = NOT_CALLED | {"ok", "rate_limited", GIVEN_UP, "bad_reply"}
# Recorded beside the tries, of providers that were not asked or not waited for.
NOT_TRIED = NOT_CALLED | {GIVEN_UP}
# Among what is missing for a reply: the answer itself, which is not known.
ANSWER = "answer"


@dataclass(slots=True)
class RoutingLearner:
    """The learner's ledger: the row, and the rows beside it."""

    row: bytes = b""
    rows: dict[bytes, bytes] = field(default_factory=dict)

    def load(self) -> ConversationState:
        """As the stage reads it."""
        return ConversationState.loads(self.row, self.rows.get)

    def keep(self, state: ConversationState) -> None:
        """As the stage stores it."""
        for name, value in state.changes.items():
            if value is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = value
        self.row = state.dumps()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message's answer hung on: who was to be tried in which order, what each would be sent, and what a cached
    reply would have to fit (None where no reply may come from the cache)."""

    order: tuple[str, ...]
    asked: Mapping[str, str]
    cached: str | None


@dataclass(frozen=True, slots=True)
class Routed:
    """`carried` is the response that the conversation goes on with, `shown` the one that would have been given: its
    text is empty where `unknown` names the provider whose answer is not known. `ms` is the time of the tries, None
    where that is not known either. `asked` says that the provider was asked for the answer now."""

    carried: Event
    shown: Event
    facts: Facts
    unknown: str | None
    ms: float | None
    cost_usd: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """The recorded response that tells of an answer, the tries it took and their time; `unknown` names the provider
    whose answer is not known, and then `response` stands in for it. `asked`: it was asked for now."""

    response: Event
    tries: list[dict[str, Any]]
    ms: float
    unknown: str | None = None
    asked: bool = False


@dataclass(slots=True)
class Replies:
    """What the record holds of answers: by what was asked, the response. Filled by the unchanged replay.

    `tokens`: by provider, the sums of local prompt tokens, of reported ones and of completions, and their number.
    """

    by_asked: dict[str, Event] = field(default_factory=dict)
    tokens: dict[str, list[float]] = field(default_factory=dict)

    def note(self, asked: str, local_tokens: int, response: Event) -> None:
        """A provider's recorded answer to what it was asked."""
        self.by_asked.setdefault(asked, response)
        for name in (response["provider"], ""):
            sums = self.tokens.setdefault(name, [0.0, 0.0, 0.0, 0.0])
            added = local_tokens, response["prompt_tokens"], response["completion_tokens"], 1
            for place, one in enumerate(added):
                sums[place] += one

    def estimated_cost(self, provider: Provider, local_tokens: int) -> float:
        """Of a call whose answer is not known: its prompt's tokens, and a reply of the usual length."""
        local, reported, completion, count = self.tokens.get(provider.name) or self.tokens.get("") or [0.0] * 4
        if not count:
            return provider.cost_usd(local_tokens, 0)
        return provider.cost_usd(round(local_tokens * reported / max(local, 1.0)), round(completion / count))


# Asks a provider by its name for its answer to a prompt, for the message with that id: the fields of a TutorResponse
# that tell of it, or None.
Ask = Callable[[str, Prompt, str], Event | None]


class RoutingStage:
    """Answers scored messages from the record. `replies` is filled where there are no `facts` to compare with. What the
    record does not hold is asked by `ask`, where it is given."""

    def __init__(self, program: Program, replies: Replies, ask: Ask | None = None) -> None:
        self._program = program
        self._ask = ask
        self._providers = dict(program.providers)
        self._replies = replies
        self._fixed: FixedReplies = fixed_replies()
        self._declared = DeclaredOrder()
        self._bandit = Bandit(list(self._providers.values()), seed=0)
        self._spending = Spending()

    def rewarded(self, reward: Event) -> None:
        """A reward teaches the bandit, which policy ever decides."""
        self._bandit.learn(reward["provider"], reward["task"], reward["features"], reward["value"])

    def routed(
        self, learner: RoutingLearner, scored: Event, was: Event, recorded: Event, at: int, before: Facts | None
    ) -> Routed:
        """What becomes of `scored`. `was` and `recorded` are the recorded ScoredMessage and TutorResponse, `at` when
        the stage began; `before` is what the unchanged replay had found, None in the unchanged replay itself."""
        state = learner.load()
        template = self._template(recorded)
        turns = state.since(scored["turns_through"])
        prompt = render(scored, turns, template)
        errand = Errand(scored, prompt, 0.0, None, turns)
        part = recorded["prompt_budget"] / max(1, was["token_budget"])
        if recorded["source"] == "PROVIDER" and part < 1 and prompt.tokens > (budget := round(prompt.budget * part)):
            # The provider counted more than the budget in earlier ones.
            errand.prompts[recorded["provider"]] = render(scored, turns, template, budget)
        decision, spared = self._decide(errand, state, recorded, at, before is None)
        facts = self._facts(errand, decision, template)
        told = self._told(facts, before, recorded, safe=scored["emotion"]["crisis"])
        if told.unknown is not None and self._ask is not None:
            told = self._asked(told, errand, facts, self._ask)
        errand.tries = told.tries
        errand.provider_ms = told.ms
        errand.lost_usd = _lost(told)
        errand.calls = int(recorded["repeated_call"])
        ended = recorded["sent_at"] - was["sent_at"] + scored["appended_at"]

        def response(answer: Answer) -> Event:
            away = answer.source == "OFFLINE" or (answer.hit is not None and not answer.hit.fresh)
            gaps = [name for name, there in (("budget", spared), ("providers", away)) if there]
            others = [one for one in recorded["missing"][len(was["missing"]) :] if one not in ("budget", "providers")]
            return response_event(
                errand,
                answer,
                turn=max(state.last_turn, scored["turns_through"]) + 1,
                decision=decision,
                ended=ended,
                repeated=recorded["repeated_call"],
                fixed_label=self._fixed.label,
                missing=[*scored["missing"], *gaps, *others],
            )

        carried = response(self._answer(told, scored))
        if told.response["source"] == "PROVIDER":
            # Seconds and back again may cost the last bit.
            carried["first_token_ms"] = told.response["first_token_ms"]
        shown, cost = carried, paid_usd(carried)
        if told.unknown is not None:
            provider = self._providers[told.unknown]
            cost = self._replies.estimated_cost(provider, prompt.tokens)
            shown = response(Answer("", "PROVIDER", provider))
            shown |= {"cost_usd": cost, "lost_usd": 0.0, "tries": [], "provider_ms": 0.0}
            shown |= {"missing": [*shown["missing"], ANSWER]}
        elif before is None and recorded["source"] == "PROVIDER":
            self._replies.note(facts.asked[recorded["provider"]], prompt.tokens, recorded)
        after = state.with_reply(carried, ended // DAY_MICROS)
        learner.keep(after)
        self._spending.add(0, after.spent_day, scored["tenant_id"], round(cost * 1_000_000))
        for tried in recorded["tries"]:
            if tried["outcome"] == "ok" or tried["outcome"] not in NO_WORD:
                self._bandit.observe_try(tried["provider"], tried["outcome"] == "ok")
        return Routed(carried, shown, facts, told.unknown, None if told.unknown else told.ms, cost, told.asked)

    def _template(self, recorded: Event) -> TutorTemplate:
        if self._program.template is not None:
            return tutor_template(self._program.template)
        name, _, version = recorded["template_version"].partition("/")
        newest = tutor_template()
        if name == newest.name and version.isdigit() and int(version) != newest.version:
            return tutor_template(int(version))
        return newest

    # The decision

    def _decide(
        self, errand: Errand, state: ConversationState, recorded: Event, at: int, unchanged: bool
    ) -> tuple[Decision, bool]:
        """The decision, and whether a day's budget was spent, so that only the cheapest provider may answer."""
        program, was = self._program, recorded["decision"]
        weighed = {candidate["provider"]: candidate["reason"] for candidate in was["candidates"]}
        left_out = {tried["provider"] for tried in recorded["tries"] if tried["outcome"] == "skipped"}
        spared = "budget" in recorded["missing"]
        features = features_of(errand.scored, errand.prompt.tokens)
        if unchanged:
            takes_calls = {name: TAKES_NO_CALLS not in reason for name, reason in weighed.items()}
        else:
            ready = {name: TAKES_NO_CALLS not in reason or name in left_out for name, reason in weighed.items()}
            ready |= {name: ready.get(name, True) for name in program.added}
            ready = {name: there for name, there in ready.items() if name not in program.without}
            if program.budgets is not None:
                tenant, day = errand.scored["tenant_id"], at // DAY_MICROS
                spent = spent_budget(program.budgets, state, self._spending, tenant, day) is not None
                spared = spent and not errand.scored["emotion"]["crisis"]
            excluded = self._excluded([name for name in ready if name in self._providers], errand.prompt, spared)
            takes_calls = {name: there and name not in excluded for name, there in ready.items()}
        declared = [name for name in self._providers if name in takes_calls]
        # One that is not declared here was weighed all the same.
        open_to_calls = {name: takes_calls[name] for name in (*declared, *(takes_calls.keys() - declared))}
        policy = program.policy or ("bandit" if was["policy"].startswith("thompson") else "declared-order")
        if policy == "declared-order":
            return self._declared.decide(errand.scored["task"], features, open_to_calls), spared
        logged = was["policy"] == self._bandit.name and features == was["features"]
        if logged and open_to_calls == {name: TAKES_NO_CALLS not in reason for name, reason in weighed.items()}:
            # The same question: what was drawn then stands.
            drawn = [Candidate(c["provider"], c["score"], c["propensity"], c["reason"]) for c in was["candidates"]]
            return Decision(was["policy"], features, tuple(drawn)), spared
        draw = errand.scored["message_id"]
        return self._bandit.decide(errand.scored["task"], features, open_to_calls, draw=draw), spared

    def _excluded(self, names: Sequence[str], prompt: Prompt, spared: bool) -> set[str]:
        """Who of them may not be asked: the dear ones where the money is spent, and those with too short a context."""
        providers = [self._providers[name] for name in names]
        excluded = {provider.name for provider in dearer(providers)} if spared else set()
        left = [provider for provider in providers if provider.name not in excluded]
        return excluded | {provider.name for provider in too_short(left, prompt.tokens)}

    # The answer

    def _facts(self, errand: Errand, decision: Decision, template: TutorTemplate) -> Facts:
        order = tuple(c.provider for c in decision.candidates if TAKES_NO_CALLS not in c.reason)
        asked = {}
        for name, provider in self._providers.items():
            prompt = errand.prompts.get(name, errand.prompt)
            who = [name, provider.model, provider.api_base, provider.max_output_tokens]
            asked[name] = blake2b(orjson.dumps([who, prompt.messages]), digest_size=16).hexdigest()
        cached = None
        if applies(errand.scored):
            question = {name: value for name, value in errand.scored["question"].items() if name != "vector"}
            cached = orjson.dumps(
                [question, terms(errand.scored, template), template.label, errand.scored["language"]]
            ).decode()
        return Facts(order, asked, cached)

    def _told(self, facts: Facts, before: Facts | None, recorded: Event, *, safe: bool) -> _Told:
        """What the record tells of the answer."""
        whole = _Told(recorded, recorded["tries"], recorded["provider_ms"])
        if safe:
            return whole if recorded["source"] == "SAFE" else _Told({**recorded, "source": "SAFE"}, [], 0.0)
        if before is None:
            return whole
        source = recorded["source"]
        if source == "CACHE" and "providers" not in recorded["missing"] and facts.cached == before.cached:
            return whole
        as_before = {name for name in facts.order if facts.asked.get(name) == before.asked.get(name)}
        if source != "SAFE" and facts.order == before.order and len(as_before) == len(facts.order):
            return whole
        ends = {tried["provider"]: tried["outcome"] for tried in recorded["tries"]}
        walked: list[dict[str, Any]] = []
        for name in facts.order:
            theirs = [tried for tried in recorded["tries"] if tried["provider"] == name]
            spent = sum(tried["elapsed_ms"] for tried in (*walked, *theirs))
            if name in as_before and ends.get(name) == "ok" and recorded["provider"] == name:
                return _Told(recorded, [*walked, *theirs], spent)
            if name in as_before and ends.get(name, "skipped") not in ("ok", *NOT_TRIED):
                walked += theirs
                continue
            if (other := self._replies.by_asked.get(facts.asked[name])) is not None:
                return _Told(other, other["tries"], other["provider_ms"])
            return _Told(recorded, recorded["tries"], recorded["provider_ms"], unknown=name)
        # All that are left to ask have failed this message.
        return _Told({**recorded, "source": "OFFLINE"}, walked, sum(tried["elapsed_ms"] for tried in walked))

    def _asked(self, told: _Told, errand: Errand, facts: Facts, ask: Ask) -> _Told:
        """What the provider says now; what it said once to a prompt is not asked again."""
        name = told.unknown
        assert name is not None
        answer = ask(name, errand.prompts.get(name, errand.prompt), errand.scored["message_id"])
        if answer is None:
            return told
        response = {**told.response, **answer}
        self._replies.by_asked[facts.asked[name]] = response
        return _Told(response, response["tries"], response["provider_ms"], asked=True)

    def _answer(self, told: _Told, scored: Event) -> Answer:
        """The answer that is told of, at the prices of this program."""
        response = told.response
        if response["source"] == "SAFE":
            # The fixed words, unless they stand in for an answer that is not known.
            text = response["text"] if told.unknown else in_language(self._fixed.safe, scored["language"])
            return Answer(text, "SAFE")
        if response["source"] == "OFFLINE":
            return Answer(self._fixed.unanswered(scored["language"], all_withheld(told.tries)), "OFFLINE")
        if response["source"] == "CACHE":
            hit, fresh = response["cache"], "providers" not in response["missing"]
            kept = Hit(response["text"], hit["kind"], hit["scope"], hit["age_s"], fresh, key="")
            return Answer(response["text"], "CACHE", hit=kept)
        tokens = response["prompt_tokens"], response["completion_tokens"]
        reply = Reply(response["text"], response["finish_reason"], *tokens, 0.0, 0.0, counted=True)
        return Answer(response["text"], "PROVIDER", self._provider(response), reply)

    def _provider(self, told: Event) -> Provider:
        """The provider that answered, at the prices of this program."""
        provider = self._providers.get(told["provider"])
        if provider is None:
            raise LookupError(told["provider"])
        return provider if provider.model == told["model"] else replace(provider, model=told["model"])


def _lost(told: _Told) -> float:
    """US dollars of the calls before the answer. The record has their sum alone: it stands where any of them does."""
    failed = any(called(tried) and tried["outcome"] != "ok" for tried in told.tries)
    return float(told.response["lost_usd"]) if failed else 0.0

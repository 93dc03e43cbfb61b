"""The faults: how the first provider behaves, how the second, and what share a provider is to answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.providers import Timeouts

Rule = Mapping[str, Any]

FIRST, SECOND = "first", "second"
HEALTHY: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`first` and `second` are the test provider's rules; `second` None: there is only one provider.

    `refuses`: nothing listens at these providers' address. The rules are lifted `heals_after` seconds, where that is
    told. `by_provider` is the share of the messages that a provider has to answer.
    """

    name: str
    what: str
    first: tuple[Rule, ...] = HEALTHY
    second: tuple[Rule, ...] | None = HEALTHY
    refuses: frozenset[str] = frozenset()
    heals_after: float | None = None
    by_provider: float = 1.0

    def rules(self) -> Iterator[dict[str, Any]]:
        """What the test provider is told."""
        for provider, rules in ((FIRST, self.first), (SECOND, self.second or ())):
            for rule in rules:
                yield {**rule, "provider": provider}


def _fails(status: int, message: str = "told to fail", **changes: Any) -> tuple[Rule]:
    return ({"mode": "fail", "status": status, "message": message, **changes},)


def _garbage(kind: str) -> tuple[Rule]:
    return ({"mode": "garbage", "kind": kind},)


def cases(limits: Timeouts) -> tuple[Case, ...]:
    """All of them; what is slow is so by the providers' own time limits."""
    slow = 0.7 * limits.first_token
    hangs = ({"mode": "hang"},)
    both = frozenset({FIRST, SECOND})
    return (
        Case("healthy", "nothing fails"),
        Case("429", "the first refuses with 429 and Retry-After 2 s", ({"mode": "rate-limit", "retry_after": 2},)),
        Case("429, no wait told", "the first refuses with 429 and does not say for how long", _fails(429)),
        Case("429 now and then", "a third of the first's calls are refused", ({**_fails(429)[0], "share": 0.33},)),
        Case("500", "the first answers 500", _fails(500)),
        Case("503", "the first answers 503", _fails(503)),
        Case("504", "the first's proxy answers 504", _fails(504)),
        Case("half of the calls 500", "every other call to the first fails", _fails(500, share=0.5)),
        Case("401", "the first's key is wrong", _fails(401, "invalid api key")),
        Case("404", "the first does not know the model", _fails(404, "no such model")),
        Case("context too long", "the prompt is too long for the first", _fails(400, "maximum context length")),
        Case("refused", "nothing listens at the first's address", refuses=frozenset({FIRST})),
        Case("reset before the head", "the first resets the connection", ({"mode": "reset", "after": 0},)),
        Case("reset in mid-stream", "a reset after three tokens", ({"mode": "reset", "token_delay": 0.02},)),
        Case("cut in mid-stream", "closed after three tokens", ({"mode": "cut", "token_delay": 0.02},)),
        Case("hangs", "the first takes calls and says nothing", hangs),
        Case("hangs after the head", "the head comes, no token", ({"mode": "stall", "after": 0},)),
        Case("hangs in mid-stream", "three tokens come, no more", ({"mode": "stall", "token_delay": 0.02},)),
        Case("slow first token", f"the first takes {slow:g} s to begin", ({"mode": "slow-stream", "delay": slow},)),
        Case(
            "trickle",
            "the first sends each token just before it is given up, until its time for a whole reply is over",
            ({"mode": "slow-stream", "token_delay": 0.9 * limits.between_tokens},),
        ),
        Case("not JSON", "events that are not JSON", _garbage("json")),
        Case("another shape", "events without choices", _garbage("shape")),
        Case("an error page", "200 with a proxy's HTML", _garbage("html")),
        Case("an error in mid-stream", "an error event after three tokens", _garbage("error")),
        Case("empty", "a reply without text", _garbage("empty")),
        Case("unfinished", "the stream ends without a finish reason", _garbage("unfinished")),
        Case("content filter", "the first withholds the rest", _garbage("withheld")),
        Case("token limit", "the reply ends at the token limit (it is kept)", _garbage("length")),
        Case(
            "the first hangs, the second limits",
            "the first hangs; the second refuses its first three calls, each with Retry-After 1 s",
            hangs,
            ({"mode": "rate-limit", "retry_after": 1, "times": 3},),
        ),
        Case("both fail now and then", "0.3 of all calls get 500", _fails(500, share=0.3), _fails(500, share=0.3)),
        Case(
            "both away for 3 s",
            "500 from both, until 3 s into the run",
            _fails(500),
            _fails(500),
            heals_after=3.0,
        ),
        Case("the only one away for 3 s", "there is one; 503 for 3 s", _fails(503), None, heals_after=3.0),
        Case("both 500", "every call fails, for good", _fails(500), _fails(500), by_provider=0.0),
        Case("both refuse", "nothing listens at either address", refuses=both, by_provider=0.0),
        Case("both hang", "no provider says anything", hangs, hangs, by_provider=0.0),
    )

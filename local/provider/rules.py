"""How the test provider should behave, and towards which calls.

`POST /control` takes one rule, or `{"rules": [...]}`; it replaces all rules. The first rule that applies to a call
decides.

    {"mode": "slow", "delay": 2.0, "share": 0.5, "provider": "groq"}

Modes: `ok`; `slow` (waits `delay`, then answers); `slow-stream` (`delay` before the first token, `token_delay` before
each other); `fail` (`status`, 500 unless told); `rate-limit` (429 with `Retry-After: retry_after`); `hang` (never
answers); `stall` (sends `after` tokens, at least the head, and then nothing more); `cut` (closes the connection after
`after` tokens, or within the body of an answer in one piece); `reset` (the same by a reset, with `after` 0 before the
head of the answer); `garbage` (by `kind`: `json` is not JSON, `empty` has no text, `shape` has no choices, `html` is a
proxy's error page, `error` reports an error after the first tokens, `unfinished` ends without a finish reason,
`withheld` is stopped by a content filter, `length` by the token limit).
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

MODES = ("ok", "slow", "slow-stream", "fail", "rate-limit", "hang", "stall", "cut", "reset", "garbage")
GARBAGE = ("json", "empty", "shape", "html", "error", "unfinished", "withheld", "length")

_DISTRIBUTIONS = ("uniform", "exponential", "lognormal")


class RuleError(ValueError):
    """A rule that cannot be used; the message is one line."""


def _distribution(value: Any, draw: random.Random) -> Callable[[], float]:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return lambda: float(value)
    if isinstance(value, dict) and len(value) == 1:
        name, given = next(iter(value.items()))
        if name == "uniform" and isinstance(given, list) and len(given) == 2:
            return lambda: draw.uniform(float(given[0]), float(given[1]))
        if name == "exponential" and isinstance(given, int | float) and given > 0:
            return lambda: draw.expovariate(1.0 / float(given))
        if name == "lognormal" and isinstance(given, list) and len(given) == 2 and float(given[0]) > 0:
            median, sigma = float(given[0]), float(given[1])
            return lambda: median * draw.lognormvariate(0.0, sigma)
    raise RuleError(
        f"{value!r} is not a delay: give seconds, or one of {', '.join(_DISTRIBUTIONS)} "
        '(as {"uniform": [low, high]}, {"exponential": mean}, {"lognormal": [median, sigma]})'
    )


@dataclass(slots=True)
class Rule:
    """One rule as posted. `user`, `model` and `provider` are patterns that must match the whole value.

    `provider` is the path's first part when the base URL has one (`http://host:port/groq/v1`). `share` of the matching
    calls are met, drawn with `seed`; after `times` of them the rule no longer applies. `delay` and `token_delay` are
    seconds or a distribution.
    """

    mode: str = "ok"
    user: str | None = None
    model: str | None = None
    provider: str | None = None
    share: float = 1.0
    times: int | None = None
    seed: int = 0
    delay: Any = 0.0
    token_delay: Any = 0.0
    status: int = 500
    message: str = "the test provider was told to fail"
    retry_after: float = 1.0
    after: int = 3
    kind: str = "json"
    met: int = 0
    draw_delay: Callable[[], float] = field(init=False)
    draw_token_delay: Callable[[], float] = field(init=False)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise RuleError(f"mode {self.mode!r} is unknown: choose one of {', '.join(MODES)}")
        if self.kind not in GARBAGE:
            raise RuleError(f"kind {self.kind!r} is unknown: choose one of {', '.join(GARBAGE)}")
        self._random = random.Random(self.seed)
        self.draw_delay = _distribution(self.delay, self._random)
        self.draw_token_delay = _distribution(self.token_delay, self._random)

    def applies(self, user: str, model: str, provider: str) -> bool:
        """Whether this call is one of the rule's; counts it if so."""
        if self.times is not None and self.met >= self.times:
            return False
        for pattern, value in ((self.user, user), (self.model, model), (self.provider, provider)):
            if pattern is not None and re.fullmatch(pattern, value) is None:
                return False
        if self.share < 1.0 and self._random.random() >= self.share:
            return False
        self.met += 1
        return True

    def describe(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _GIVEN} | {"met": self.met}


_GIVEN = [f.name for f in fields(Rule) if f.init and f.name != "met"]


def read_rules(posted: Any) -> list[Rule]:
    """The rules of a `/control` body. Raises `RuleError`."""
    if not isinstance(posted, dict):
        raise RuleError('a rule is a JSON object, such as {"mode": "slow", "delay": 2}')
    given = posted.get("rules", [posted]) if posted else []
    rules = []
    for one in given:
        unknown = set(one) - set(_GIVEN)
        if unknown:
            raise RuleError(f"{sorted(unknown)[0]!r} is not a field of a rule: choose from {', '.join(_GIVEN)}")
        try:
            rules.append(Rule(**one))
        except (TypeError, re.error) as error:
            raise RuleError(str(error)) from error
    return rules

"""Who answered."""

from collections import defaultdict
from dataclasses import dataclass, field

from cli.demo.seen.record import Seen
from cli.verify import percentile
from schemas.topics import RESPONSES
from schemas.tries import failed

KEPT = 500


@dataclass(slots=True)
class Answers:
    """Replies of one provider; `waits_ms` are the latest providers' times, `failed` the calls that failed, and
    `problem` what the last of them died of."""

    replies: int = 0
    failed: int = 0
    problem: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    waits_ms: list[float] = field(default_factory=list)

    @property
    def p50_ms(self) -> float | None:
        """Median of the provider's time, milliseconds."""
        return percentile(self.waits_ms, 0.5)

    @property
    def p99_ms(self) -> float | None:
        """99th percentile of the provider's time, milliseconds."""
        return percentile(self.waits_ms, 0.99)


class Providers:
    """By provider's name; replies without one stand under `offline` and `safe`."""

    def __init__(self) -> None:
        self.by_name: defaultdict[str, Answers] = defaultdict(Answers)

    def note(self, seen: Seen) -> None:
        """Take in a response; other records are ignored."""
        if seen.topic != RESPONSES.name:
            return
        event = seen.event
        answers = self.by_name[event["provider"]]
        answers.replies += 1
        answers.prompt_tokens += event["prompt_tokens"]
        answers.completion_tokens += event["completion_tokens"]
        answers.cost_usd += event["cost_usd"]
        answers.waits_ms = [*answers.waits_ms[1 - KEPT :], event["provider_ms"]]
        for tried in event["tries"]:
            if failed(tried):
                whose = self.by_name[tried["provider"]]
                whose.failed += 1
                whose.problem = tried["error"] or tried["outcome"]

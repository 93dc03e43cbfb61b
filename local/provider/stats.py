"""What the test provider counts."""

from collections import Counter
from typing import Any


class Stats:
    """Counts of calls; a call's message is its `x-message-id` header, or else the `user` of its body."""

    def __init__(self) -> None:
        self.calls = 0
        self.answered = 0
        self.left = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.by_mode: Counter[str] = Counter()
        self.by_provider: Counter[str] = Counter()
        self.by_message: Counter[str] = Counter()

    def begin(self, mode: str, provider: str, message: str) -> None:
        self.calls += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.by_mode[mode] += 1
        self.by_provider[provider] += 1
        if message:
            self.by_message[message] += 1

    def end(self, answered: bool) -> None:
        """A call is over: `answered` with a whole reply or not. Callers that hang up count under `left`."""
        self.in_flight -= 1
        self.answered += answered

    def reset(self) -> None:
        """Everything to zero but the calls that are under way."""
        in_flight = self.in_flight
        self.__init__()  # type: ignore[misc]
        self.in_flight = self.most_in_flight = in_flight

    def describe(self, by_message: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "calls": self.calls,
            "answered": self.answered,
            "left": self.left,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "by_mode": dict(self.by_mode),
            "by_provider": dict(self.by_provider),
            "messages": len(self.by_message),
            "messages_repeated": sum(count > 1 for count in self.by_message.values()),
        }
        if by_message:
            answer["by_message"] = dict(self.by_message)
        return answer

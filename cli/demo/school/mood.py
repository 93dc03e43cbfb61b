"""How a learner feels, and what moves it: outcomes and the tutor's way of answering."""

from dataclasses import dataclass

from cli.demo.school.actions import Reply

# From which level on a feeling shows in what the learner writes.
SHOWS = 0.5


@dataclass(slots=True)
class Mood:
    """Levels from 0 to 1. `patience` divides what an error adds to frustration."""

    frustration: float = 0.1
    confusion: float = 0.2
    boredom: float = 0.1
    nerves: float = 0.1
    patience: float = 1.0

    def after_outcome(self, correct: bool, expected: float) -> None:
        """`expected` is the learner's own chance of being right: an error that was due annoys less."""
        if correct:
            self._move(frustration=-0.25, confusion=-0.2, nerves=-0.1, boredom=0.14 if expected > 0.85 else -0.1)
        else:
            self._move(
                frustration=(0.2 + 0.2 * expected) / self.patience,
                confusion=0.25 * (1.0 - expected),
                nerves=0.05,
                boredom=-0.08,
            )

    def after_reply(self, reply: Reply) -> float:
        """Take in the tutor's manner; how well it fitted, 0 to 1."""
        if not reply.by_tutor:
            self._move(frustration=0.15)
            return 0.0
        fit = self._fit(reply)
        relief = 0.05 + 0.2 * fit
        self._move(frustration=-relief, confusion=-relief, nerves=-relief / 2)
        if reply.challenge or reply.tone == "brisk":
            self._move(boredom=-0.4)
        return fit

    def strongest(self) -> str:
        """The feeling that shows: frustration, confusion, boredom, nerves, or "" for none."""
        levels = {name: getattr(self, name) for name in ("frustration", "confusion", "boredom", "nerves")}
        name = max(levels, key=lambda one: levels[one])
        return name if levels[name] >= SHOWS else ""

    def _fit(self, reply: Reply) -> float:
        feeling = self.strongest()
        if feeling in ("frustration", "nerves"):
            return 0.2 + 0.4 * reply.acknowledge + 0.4 * reply.smaller_steps
        if feeling == "confusion":
            return 0.3 + 0.5 * reply.smaller_steps + 0.2 * (reply.tone in ("warm", "calm"))
        if feeling == "boredom":
            return 0.2 + 0.5 * reply.challenge + 0.3 * (reply.tone == "brisk")
        return 0.4 if reply.smaller_steps else 0.7

    def _move(self, **by: float) -> None:
        for name, change in by.items():
            setattr(self, name, min(max(getattr(self, name) + change, 0.0), 1.0))

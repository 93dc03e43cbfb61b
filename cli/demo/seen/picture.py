"""All that the screen shows, in one value that is passed on and never drawn from while it is made."""

from dataclasses import dataclass, field

from cli.demo.seen.feelings import Feelings
from cli.demo.seen.flow import Flow
from cli.demo.seen.interventions import Raisings
from cli.demo.seen.mastery import Mastery
from cli.demo.seen.providers import Providers
from cli.demo.seen.record import Seen
from cli.demo.seen.spotlight import Spotlight


@dataclass(slots=True)
class Stored:
    """What ClickHouse holds of the class, and how long after the broker took them responses were in, milliseconds."""

    messages: int = 0
    responses: int = 0
    attempts: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(slots=True)
class Picture:
    """`elapsed` of `seconds` of the class's time; `now` on the clock of the records; `phase` says what goes on; `saved`
    whether a copy for documents was made."""

    broker: str
    provider: str
    learners: int
    seconds: float
    spotlight: Spotlight
    character: str = ""
    phase: str = ""
    elapsed: float = 0.0
    now: float = 0.0
    messages: int = 0
    attempts: int = 0
    answered: int = 0
    saved: bool = False
    stored: Stored = field(default_factory=Stored)
    flow: Flow = field(default_factory=Flow)
    feelings: Feelings = field(default_factory=Feelings)
    mastery: Mastery = field(default_factory=Mastery)
    providers: Providers = field(default_factory=Providers)
    raisings: Raisings = field(default_factory=Raisings)

    def note(self, seen: Seen) -> None:
        """Pass a record on to every part."""
        for part in (self.flow, self.feelings, self.mastery, self.providers, self.raisings, self.spotlight):
            part.note(seen)

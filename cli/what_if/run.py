"""One replay: every recorded input through every stage, in the recorded order, with one program."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from agents.context.encoder import Encoder
from agents.emotion.trend import EmotionBaseline
from agents.profile.observe import Observed
from cli.what_if.compare import compare, settled
from cli.what_if.program import Program
from cli.what_if.recording import Kept, Recording
from cli.what_if.schedule import Step
from cli.what_if.stages.context import ContextLearner, ContextStage, Found
from cli.what_if.stages.emotion import EmotionStage
from cli.what_if.stages.profile import Heard, Input, ProfileStage
from cli.what_if.stages.routing import Ask, Facts, Replies, Routed, RoutingLearner, RoutingStage
from schemas.codec import Event
from schemas.topics import RESPONSES


@dataclass(frozen=True, slots=True)
class Given:
    """What the unchanged replay found out, for others to go by: what each message had found, which publications each
    input of the profile stage had, what each answer hung on, and what providers answered."""

    found: Mapping[str, Found]
    heard: Mapping[str, Heard]
    facts: Mapping[str, Facts]
    replies: Replies


@dataclass(slots=True)
class Replayed:
    """What came of the inputs. `scored`, `routed`: by message id. `profiles`, `outputs`: by event id; a profile's id
    follows from what caused it. `found`, `heard`: see `Given`."""

    scored: dict[str, Event] = field(default_factory=dict)
    routed: dict[str, Routed] = field(default_factory=dict)
    profiles: dict[str, Event] = field(default_factory=dict)
    outputs: dict[str, tuple[str, Event]] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    replies: Replies = field(default_factory=Replies)

    def given(self) -> Given:
        """For the replays that follow."""
        return Given(self.found, self.heard, {id_: routed.facts for id_, routed in self.routed.items()}, self.replies)


class Replay:
    """Runs `steps` of `recording` through `program`. Without `given` it finds out what others go by. `ask`: see
    `RoutingStage`.

    A step that needs the output of another one makes that one first; what is made stays made.
    """

    def __init__(
        self,
        recording: Recording,
        steps: list[Step],
        program: Program,
        encoder: Encoder | None,
        given: Given | None = None,
        progress: Callable[[int], None] = lambda _done: None,
        ask: Ask | None = None,
    ) -> None:
        self._recording = recording
        self._steps = steps
        self._given = given
        self._progress = progress
        self._context = ContextStage(program.settings, encoder)
        self._emotion = EmotionStage(program)
        replies = given.replies if given is not None else Replies()
        self._routing = RoutingStage(program, replies, ask)
        self._profile = ProfileStage(program, recording.shared, given.heard if given is not None else None)
        self._contexts: dict[bytes, ContextLearner] = defaultdict(ContextLearner)
        self._baselines: dict[bytes, EmotionBaseline] = {}
        self._ledgers: dict[bytes, RoutingLearner] = defaultdict(RoutingLearner)
        self._enriched: dict[str, Event] = {}
        self._was: dict[str, Event] = {}
        self._of_response: dict[str, str] = {}
        for id_ in recording.whole():
            self._of_response[recording.responses[id_].event["event_id"]] = id_
        self._profiles = {kept.event["event_id"]: kept for kept in recording.profiles} if given is None else {}
        self._waiting: dict[bytes, list[str]] = defaultdict(list)
        self._made = Replayed(replies=replies)

    def run(self) -> Replayed:
        """Everything, in order."""
        for done, step in enumerate(self._steps):
            self._progress(done)
            if step.kind == "enriched":
                self._enrich(step.id)
            elif step.kind == "scored":
                self._score(step.id)
            elif step.kind == "response":
                self._respond(step.id)
            elif step.kept is not None:
                self._observe(step.id, step.kept, step.at)
        self._made.heard = self._profile.heard
        return self._made

    def _enrich(self, id_: str) -> None:
        if id_ in self._enriched:
            return
        recording = self._recording
        message, was = recording.messages[id_], recording.scored[id_].event
        key = message.key
        for earlier in list(self._waiting[key]):
            # Replies that the message had found are there, whatever their clock says.
            if recording.responses[earlier].event["turn"] <= was["turns_through"]:
                self._respond(earlier)
        self._waiting[key].append(id_)
        self._was[id_] = was
        signals = [kept for kept in recording.signals.get(key, ()) if kept.at <= message.at]
        found = self._given.found.get(id_) if self._given is not None else None
        event, chosen = self._context.enriched(self._contexts[key], message.event, was, signals, found)
        self._enriched[id_], self._made.found[id_] = event, chosen

    def _score(self, id_: str) -> None:
        if id_ in self._made.scored:
            return
        self._enrich(id_)
        key, was = self._recording.messages[id_].key, self._was[id_]
        scored, raised, after = self._emotion.scored(self._baselines.get(key), self._enriched.pop(id_), was["emotion"])
        self._enriched[id_] = {}
        self._baselines[key] = after
        self._made.scored[id_] = scored
        self._made.outputs |= {event["event_id"]: ("Intervention", event) for event in raised}

    def _respond(self, id_: str) -> None:
        if id_ in self._made.routed:
            return
        self._score(id_)
        recording = self._recording
        key, at = recording.messages[id_].key, recording.scored[id_].at
        before = self._given.facts.get(id_) if self._given is not None else None
        recorded = recording.responses[id_].event
        routed = self._routing.routed(
            self._ledgers[key], self._made.scored[id_], self._was.pop(id_), recorded, at, before
        )
        self._made.routed[id_] = routed
        self._waiting[key].remove(id_)
        self._contexts[key].responses.append(routed.carried)

    def _observe(self, id_: str, kept: Kept, until: int) -> None:
        event = kept.event
        if kept.topic is RESPONSES and id_ in self._of_response:
            message = self._of_response[id_]
            self._respond(message)
            event = self._made.routed[message].carried
        observed = self._profile.observed(Input(id_, kept, event, until, self._as_recorded))
        if observed.profile is not None:
            self._made.profiles[observed.profile["event_id"]] = observed.profile
            self._contexts[kept.key].profiles.append(observed.profile)
        self._made.outputs |= {one["event_id"]: (kind, one) for kind, one in _outputs(observed)}
        for reward in observed.rewards:
            self._routing.rewarded(reward)

    def _as_recorded(self, observed: Observed) -> bool:
        made = list(_outputs(observed))
        if observed.profile is not None:
            made.append(("LearnerProfile", observed.profile))
        for kind, event in made:
            id_ = event["event_id"]
            kept = self._profiles.get(id_) if kind == "LearnerProfile" else self._recording.outputs.get(id_)
            # No stricter than the comparison that follows: sums that were heard in another order end in other digits.
            if kept is None or any(compare(kind, id_, kept.event, settled(kind, event))):
                return False
        return True


def _outputs(observed: Observed) -> Iterator[tuple[str, Event]]:
    for kind, events in (
        ("Intervention", observed.interventions),
        ("Reward", observed.rewards),
        ("LearningEvent", observed.learning_events),
    ):
        for event in events:
            yield kind, event

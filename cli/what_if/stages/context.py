"""The context stage once more: which turns and which profile a message had found is read from what came of it.

Replies and profiles reach the stage on topics of their own, so what a message finds there depends on the moment. The
enriched message says up to which turn it had come. Which profile it had is found by trying: the newest there was first,
until the message comes out as it did. So is whether there was time for the sentence encoder, which the clock decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.context import encoder as encoders
from agents.context.encoder import Encoder, OutOfTime, SentenceEncoder, Vectors
from agents.context.enrich import enrich
from agents.context.observe import observe_profile, observe_response, observe_signal
from agents.context.state import ContextState
from agents.context.weights import LayerWeights
from cli.what_if.recording import Kept
from config.settings import Settings
from schemas.codec import Event

MOST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Found:
    """What a message had found: so many of the learner's profiles, and whether the encoder had time for it."""

    profiles: int
    encoded: bool


@dataclass(slots=True)
class ContextLearner:
    """What the stage keeps of one learner. `responses` and `profiles` are what the stages behind have made so far."""

    state: ContextState = field(default_factory=ContextState)
    responses: list[Event] = field(default_factory=list)
    profiles: list[Event] = field(default_factory=list)
    seen_responses: int = 0
    seen_profiles: int = 0
    seen_signals: int = 0


class RecordedWeights(LayerWeights):
    """The layers' weights as they were drawn for one message."""

    def __init__(self, drawn: Mapping[str, float]) -> None:
        super().__init__()
        self._drawn = dict(drawn)

    def choose(self, task: str, message_id: str, band: str = "") -> dict[str, float]:
        """What was drawn then, whatever was known of the layers."""
        return self._drawn


class Remembering:
    """An encoder that works out each call once: a message may be tried several times."""

    def __init__(self, inner: SentenceEncoder) -> None:
        self._inner = inner
        self._known: dict[tuple[str, ...], Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """See `Encoder`."""
        key = tuple(texts)
        if key not in self._known:
            self._known[key] = self._inner.encode(texts)
        return self._known[key]


def load_encoder() -> Encoder | None:
    """The package's encoder without its ration; None where its files are not installed."""
    return Remembering(encoders.unrationed()) if encoders.default() is not None else None


class ContextStage:
    """Enriches messages with `settings`, whatever the encoder's ration would say."""

    def __init__(self, settings: Settings, encoder: Encoder | None) -> None:
        self._settings = settings
        self._encoder = encoder

    def enriched(
        self,
        learner: ContextLearner,
        message: Event,
        scored: Event,
        signals: Sequence[Kept],
        found: Found | None,
    ) -> tuple[Event, Found]:
        """The EnrichedMessage of `message`, and what it found; `learner` moves on.

        `scored` is what had come of the message, `signals` the learner's until then. Without `found` it is searched
        for: see the module.
        """
        self._hear(learner, scored["turns_through"], signals)
        weights = RecordedWeights(scored.get("layer_weights", {}))
        candidates = [found] if found is not None else self._candidates(learner)
        first: tuple[Event, ContextState, Found] | None = None
        for candidate in candidates:
            state = learner.state
            if candidate.profiles > 0:
                state = observe_profile(state, learner.profiles[candidate.profiles - 1])
            encoder = self._encoder if candidate.encoded else OutOfTime()
            event, after = enrich(state, message, scored["appended_at"], self._settings, encoder, weights)
            first = first or (event, after, candidate)
            if found is not None or all(_same(event[name], scored[name]) for name in event if name != "event_id"):
                first = event, after, candidate
                break
        assert first is not None
        event, learner.state, chosen = first
        learner.seen_profiles = chosen.profiles
        return event, chosen

    def _hear(self, learner: ContextLearner, turns_through: int, signals: Sequence[Kept]) -> None:
        while learner.seen_responses < len(learner.responses):
            response = learner.responses[learner.seen_responses]
            if response["turn"] > turns_through:
                break
            learner.state = observe_response(learner.state, response, self._settings, self._encoder or OutOfTime())
            learner.seen_responses += 1
        for kept in signals[learner.seen_signals :]:
            learner.state = observe_signal(learner.state, kept.event)
        learner.seen_signals = max(learner.seen_signals, len(signals))

    def _candidates(self, learner: ContextLearner) -> list[Found]:
        newest = len(learner.profiles)
        oldest = max(learner.seen_profiles, newest - MOST_TRIED)
        counts = range(newest, oldest - 1, -1)
        return [Found(count, encoded) for encoded in (True, False) for count in counts]


def _same(made: object, recorded: object) -> bool:
    """As the codec leaves them: what was a tuple is read as a list, a whole number may be a float."""
    if isinstance(made, tuple | list) and isinstance(recorded, list):
        return len(made) == len(recorded) and all(_same(a, b) for a, b in zip(made, recorded, strict=True))
    if isinstance(made, dict) and isinstance(recorded, dict):
        return made.keys() <= recorded.keys() and all(_same(value, recorded[name]) for name, value in made.items())
    return made == recorded

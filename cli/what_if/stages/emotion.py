"""The emotion stage once more. What a model said of a text is taken from the record while it is the same model."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agents.emotion.agent import intervention, reading, switched_off
from agents.emotion.crisis import speaks_of_crisis
from agents.emotion.plan import respond
from agents.emotion.scorer import EmotionScorer, EmotionScores, off_scores
from agents.emotion.trend import EmotionBaseline, update
from cli.what_if.program import Program
from schemas.codec import Event
from schemas.ids import derived
from schemas.readings import OFF


class EmotionStage:
    """Scores enriched messages as `program` says. Models are loaded when one is asked first."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._off: Callable[[str], bool] = switched_off(program.settings.emotion_off)
        self._loaded: dict[str, EmotionScorer] = {}

    def scored(
        self, before: EmotionBaseline | None, enriched: Event, recorded: Event
    ) -> tuple[Event, list[Event], EmotionBaseline]:
        """The ScoredMessage, the interventions, and the learner's baseline after it; `recorded` is what was read."""
        scores = self._scores(enriched, recorded)
        if scores.model == OFF:
            # As the stage itself: what was read before scoring was turned off is forgotten.
            before = None
        sent_at = datetime.fromtimestamp(enriched["sent_at"] / 1_000_000, UTC)
        after, triggers = update(before, scores, sent_at, self._program.trend)
        plan, after = respond(scores, after, self._program.plan)
        scored = {
            **enriched,
            "event_id": derived(enriched["event_id"], "emotion"),
            "emotion": reading(scores, before, after),
            "plan": plan.as_record(),
        }
        return scored, [intervention(enriched, trigger) for trigger in triggers], after

    def _scores(self, message: Event, recorded: Event) -> EmotionScores:
        if self._off(message["tenant_id"]):
            return off_scores(speaks_of_crisis(message["text"]))
        wanted = self._wanted(recorded["model"])
        if wanted is None:
            return recorded_scores(recorded)
        return wanted.score_batch([message["text"]])[0]

    def _wanted(self, recorded: str) -> EmotionScorer | None:
        """The model to ask; None for the recorded one."""
        program = self._program
        if program.model is None and program.artefact is None and recorded != OFF:
            return None
        scorer = self._load(program.model or "encoder")
        # The same name is the same model, unless it is read from somewhere else.
        return None if scorer.name == recorded and program.artefact is None else scorer

    def _load(self, name: str) -> EmotionScorer:
        if name not in self._loaded:
            load = EmotionScorer.load_light if name == "ngrams" else EmotionScorer.load
            folder: dict[str, Any] = {} if self._program.artefact is None else {"folder": self._program.artefact}
            self._loaded[name] = load(**folder)
        return self._loaded[name]


def recorded_scores(recorded: Event) -> EmotionScores:
    """What the model had said, from an EmotionReading."""
    return EmotionScores(
        emotions=recorded["emotions"],
        valence=recorded["valence"],
        arousal=recorded["arousal"],
        dominance=recorded["dominance"],
        states=recorded["states"],
        confidence=recorded["confidence"],
        cant_tell=recorded["cant_tell"],
        crisis=recorded["crisis"],
        model=recorded["model"],
    )

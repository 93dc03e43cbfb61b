"""Scores learners' texts with the model that ships in the package."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.emotion.calibration import Calibration, sigmoid
from agents.emotion.crisis import speaks_of_crisis
from agents.emotion.encoder import EncoderModel
from agents.emotion.labels import EMOTIONS
from agents.emotion.ngrams import LinearModel
from agents.emotion.normalise import normalise
from agents.emotion.norms import valence_arousal_dominance
from agents.emotion.states import learning_states
from schemas.readings import OFF

ARTEFACT = Path(__file__).parent / "artefact"


@dataclass(frozen=True)
class EmotionScores:
    """What one text says about how its writer feels.

    `emotions`: calibrated probability of each of the 28 labels. `valence`, `arousal`, `dominance`: each in [-1, 1].
    `states`: probability of each learning state. `confidence`: 0 to 1. `cant_tell`: the text does not allow a
    reading, and the other figures are priors. `crisis`: see `agents.emotion.crisis`. `model`: name and version.
    """

    emotions: dict[str, float]
    valence: float
    arousal: float
    dominance: float
    states: dict[str, float]
    confidence: float
    cant_tell: bool
    crisis: bool
    model: str
    labels: tuple[str, ...] = field(default=())


class LogitModel(Protocol):
    """Texts, already normalised, to log-odds of shape (texts, 28)."""

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Mixture:
    """The encoder's log-odds with a share of the linear model's; either may be absent."""

    def __init__(self, encoder: EncoderModel | None, linear: LinearModel | None, linear_share: float) -> None:
        if encoder is None and linear is None:
            raise ValueError("a mixture needs at least one model")
        self._encoder, self._linear = encoder, linear
        self._share = linear_share

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Log-odds of shape (texts, 28)."""
        if self._encoder is None or self._linear is None:
            return self._one(texts)
        return (1 - self._share) * self._encoder.logits(texts) + self._share * self._ngrams(self._linear, texts)

    def _one(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._encoder is not None:
            return self._encoder.logits(texts)
        assert self._linear is not None
        return self._ngrams(self._linear, texts)

    @staticmethod
    def _ngrams(model: LinearModel, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([model.logits(text) for text in texts])


def _readable(text: str) -> bool:
    """Whether most of what the text holds are letters that the models, trained on English, can read."""
    letters = sum(1 for character in text if character.isalpha())
    latin = sum(1 for character in text if character.isascii() and character.isalpha())
    return latin >= 2 and latin >= 0.7 * letters and letters >= 0.25 * len(text.replace(" ", ""))


def off_scores(crisis: bool) -> EmotionScores:
    """What stands in for a reading where scoring is turned off: no labels, no states, and the crisis flag."""
    return EmotionScores({}, 0.0, 0.0, 0.0, {}, 0.0, True, crisis, OFF)


class EmotionScorer:
    """Texts in, `EmotionScores` out. Make it with `load`; safe to share between threads."""

    def __init__(
        self,
        model: LogitModel,
        name: str,
        calibration: Calibration,
        thresholds: NDArray[np.float64],
        prior: NDArray[np.float64],
    ) -> None:
        self._model, self.name = model, name
        self._calibration = calibration
        self.thresholds = thresholds
        self._prior = prior

    @classmethod
    def load(cls, folder: Path = ARTEFACT) -> "EmotionScorer":
        """Read the artefact in `folder`.

        Raises `OSError` when a file is missing and `ValueError` or `KeyError` when one is not what it should be.
        """
        return cls._load(folder, "about.json")

    @classmethod
    def load_light(cls, folder: Path = ARTEFACT) -> "EmotionScorer":
        """The n-gram model alone, with a calibration and thresholds of its own. Raises what `load` does."""
        return cls._load(folder, "about-ngrams.json")

    @classmethod
    def _load(cls, folder: Path, file: str) -> "EmotionScorer":
        about = json.loads((folder / file).read_text(encoding="utf-8"))
        share = float(about["linear_share"])
        encoder = EncoderModel.load(folder) if share < 1.0 else None
        linear = LinearModel.load(folder / "linear.npz") if share > 0.0 else None
        thresholds, prior = (np.array(about[key], dtype=np.float64) for key in ("thresholds", "prior"))
        calibration = Calibration.read(about["calibration"])
        return cls(Mixture(encoder, linear, share), about["model"], calibration, thresholds, prior)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Calibrated log-odds of shape (texts, 28), the readable and the unreadable alike."""
        if not texts:
            return np.zeros((0, len(EMOTIONS)))
        return self._calibrated([normalise(text) for text in texts])

    def _calibrated(self, clean: Sequence[str]) -> NDArray[np.float64]:
        return self._calibration.log_odds(self._model.logits(clean).astype(np.float64))

    def score_batch(self, texts: Sequence[str]) -> list[EmotionScores]:
        """One `EmotionScores` per text, in order. Never raises for any text: see `cant_tell`."""
        clean = [normalise(text) for text in texts]
        readable = [at for at, text in enumerate(clean) if _readable(text)]
        probabilities = np.tile(self._prior, (len(clean), 1))
        if readable:
            probabilities[readable] = sigmoid(self._calibrated([clean[at] for at in readable]))
        seen = set(readable)
        return [
            self._scores(text, probabilities[at], at in seen, speaks_of_crisis(written))
            for at, (text, written) in enumerate(zip(clean, texts, strict=True))
        ]

    def _scores(self, text: str, probabilities: NDArray[np.float64], readable: bool, crisis: bool) -> EmotionScores:
        emotions = {label: float(value) for label, value in zip(EMOTIONS, probabilities, strict=True)}
        labels = tuple(
            label for at, label in enumerate(EMOTIONS) if readable and probabilities[at] >= self.thresholds[at]
        )
        confidence = _confidence(probabilities) if readable else 0.0
        states = learning_states(emotions, text)
        return EmotionScores(
            emotions=emotions,
            **dict(zip(("valence", "arousal", "dominance"), valence_arousal_dominance(emotions), strict=True)),
            states=states,
            confidence=confidence,
            cant_tell=not readable or (confidence < 0.3 and max(states.values()) < 0.5),
            crisis=crisis,
            model=self.name,
            labels=labels,
        )


def _confidence(probabilities: NDArray[np.float64]) -> float:
    """One less the mean binary entropy of the four likeliest labels: 1 when all are certain."""
    top = np.clip(np.sort(probabilities)[-4:], 1e-6, 1 - 1e-6)
    entropy = -(top * np.log2(top) + (1 - top) * np.log2(1 - top))
    return float(1.0 - entropy.mean())

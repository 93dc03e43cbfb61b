"""Valence, arousal and dominance of each emotion label, from published word norms.

Source: Scott, Keitel, Becirspahic, Yao & Sereno, The Glasgow Norms: Ratings of 5,500 words on nine scales, Behavior
Research Methods 51 (2019), doi 10.3758/s13428-018-1099-3, published under CC BY 4.0. The figures below are the norms'
means for one word per label (arousal, valence, dominance on scales of 1 to 9), copied unchanged.
"""

from collections.abc import Mapping
from typing import Final

# label: (word, arousal, valence, dominance)
GLASGOW: Final[dict[str, tuple[str, float, float, float]]] = {
    "admiration": ("admire", 6.294, 7.625, 5.875),
    "amusement": ("amusement", 6.486, 7.629, 6.543),
    "anger": ("anger", 5.636, 2.529, 4.618),
    "annoyance": ("annoyance", 4.457, 2.471, 5.000),
    "approval": ("approval", 5.714, 7.441, 4.794),
    "caring": ("care", 5.294, 7.719, 5.594),
    "confusion": ("confusion", 4.686, 3.235, 3.486),
    "curiosity": ("curious", 6.452, 6.781, 6.065),
    "desire": ("desire", 7.424, 6.938, 5.879),
    "disappointment": ("disappointed", 3.818, 2.441, 3.485),
    "disapproval": ("displeased", 4.286, 2.371, 4.543),
    "disgust": ("disgust", 4.514, 2.371, 4.853),
    "embarrassment": ("embarrassment", 4.849, 2.258, 2.882),
    "excitement": ("excitement", 7.697, 8.294, 6.294),
    "fear": ("fear", 5.171, 2.559, 2.824),
    "gratitude": ("gratitude", 5.429, 7.853, 5.438),
    "grief": ("grief", 4.875, 1.941, 3.629),
    "joy": ("happiness", 6.970, 8.571, 6.273),
    "love": ("love", 8.147, 8.647, 5.303),
    "nervousness": ("nervous", 5.114, 3.029, 2.647),
    "optimism": ("hopeful", 6.143, 7.529, 6.000),
    "pride": ("proud", 6.092, 7.439, 7.030),
    "realization": ("realize", 4.939, 6.303, 5.879),
    "relief": ("relieved", 5.152, 7.200, 5.629),
    "remorse": ("regret", 3.647, 2.400, 2.886),
    "sadness": ("sadness", 3.767, 1.849, 3.000),
    "surprise": ("surprise", 7.353, 7.088, 3.647),
}


def _centred(rating: float) -> float:
    return (rating - 5.0) / 4.0


def valence_arousal_dominance(emotions: Mapping[str, float]) -> tuple[float, float, float]:
    """Each in [-1, 1]: the mean of the labels' norms weighted by their probabilities; (0, 0, 0) for no labels.

    Neutral counts as the scales' middle, so a mostly neutral text stays near (0, 0, 0).
    """
    total = sum(emotions.values())
    if total <= 0:
        return 0.0, 0.0, 0.0
    valence = arousal = dominance = 0.0
    for label, probability in emotions.items():
        if label in GLASGOW:
            _, aroused, pleasant, strong = GLASGOW[label]
            valence += probability * _centred(pleasant)
            arousal += probability * _centred(aroused)
            dominance += probability * _centred(strong)
    return valence / total, arousal / total, dominance / total

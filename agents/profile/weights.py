"""The knowledge model's weights."""

from functools import lru_cache

import numpy as np

from agents.profile.knowledge import Weights, generic
from agents.profile.knowledge.artefact import GENERIC
from agents.profile.knowledge.features import FEATURE_NAMES, FEATURES


@lru_cache(maxsize=1)
def weights() -> tuple[Weights, str]:
    """The trained weights that ship with the package, and the name to report predictions under.

    A checkout without them works with the effects alone: the log-odds of learner, concept and item added up.
    """
    if GENERIC.exists():
        return generic(), "knowledge-1"
    linear = np.zeros(FEATURES, np.float32)
    linear[FEATURE_NAMES.index("full_logit")] = 1.0
    return Weights(np.zeros(FEATURES, np.float32), np.ones(FEATURES, np.float32), linear, 0.0), "effects-1"

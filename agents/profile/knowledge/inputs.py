"""The features behind a prediction as a short text, so that it can be explained and another model be scored on it.

A version, then the features in the order of `FEATURE_NAMES` as little-endian float16 in base64: 185 characters.
"""

from base64 import b64decode, b64encode

import numpy as np
from numpy.typing import NDArray

from agents.profile.knowledge.features import FEATURE_NAMES, FEATURES

VERSION = "1"


def packed(features: NDArray[np.float32]) -> str:
    """`features` (F,), not standardised, as text."""
    return VERSION + b64encode(features.astype("<f2").tobytes()).decode()


def unpacked(text: str) -> dict[str, float]:
    """The features in what `packed` wrote, by name. Raises ValueError for anything else."""
    raw = b64decode(text[1:], validate=True)
    if text[:1] != VERSION or len(raw) != 2 * FEATURES:
        raise ValueError(f"no inputs of version {VERSION}: {text[:16]!r}")
    return dict(zip(FEATURE_NAMES, np.frombuffer(raw, "<f2").astype(float).tolist(), strict=True))

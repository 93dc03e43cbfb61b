"""Detects self-harm and crisis language by rules: fixed, inspectable, and working whatever else is off.

Recall counts more than precision: a false alarm costs a learner one caring reply, a miss may cost far more. The rules
know English only. They miss hints without words of harm, irony, most misspellings and other languages; they are no
clinical instrument.
"""

import re
from pathlib import Path
from typing import Final

from agents.emotion.normalise import normalise

PHRASES: Final = Path(__file__).parent / "phrases"


def _any_of(file: str) -> re.Pattern[str]:
    lines = (PHRASES / file).read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(line for line in lines if line and not line.startswith("#")), re.IGNORECASE)


_CRISIS: Final = _any_of("crisis.txt")
_HARMLESS: Final = _any_of("harmless.txt")


def speaks_of_crisis(text: str) -> bool:
    """Whether `text` speaks of self-harm, suicide, abuse or violence against people. Never raises."""
    return _CRISIS.search(_HARMLESS.sub(" ", normalise(text))) is not None

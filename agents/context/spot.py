"""Which concepts of the curriculum a text speaks of, by their terms."""

import re
from collections import Counter
from functools import lru_cache

from config.curriculum import Curriculum, load

MOST = 3
LEAST_SHARE = 0.5
ENDING = r"(?:s|es|ed|ing)?"


class Spotter:
    """Finds terms as whole words, endings aside. A term of several concepts, or of one word, says less."""

    def __init__(self, curriculum: Curriculum) -> None:
        holders: dict[str, list[str]] = {}
        for concept in curriculum.concepts.values():
            for term in {concept.name.lower(), *(term.lower() for term in concept.terms)}:
                holders.setdefault(term, []).append(concept.id)
        self._holders = holders
        self._order = {name: index for index, name in enumerate(curriculum.concepts)}
        terms = sorted(holders, key=lambda term: (-len(term), term))
        self._pattern = (
            re.compile(r"(?<!\w)(" + "|".join(map(re.escape, terms)) + ")" + ENDING + r"(?!\w)", re.IGNORECASE)
            if terms
            else None
        )

    def spot(self, text: str) -> tuple[str, ...]:
        """At most three concept ids, likeliest first; none where no term occurs."""
        if self._pattern is None:
            return ()
        scores: Counter[str] = Counter()
        for term in {match.group(1).lower() for match in self._pattern.finditer(text)}:
            concepts = self._holders[term]
            for concept in concepts:
                scores[concept] += len(term.split()) / len(concepts)  # type: ignore[assignment]
        if not scores:
            return ()
        top = max(scores.values())
        ranked = sorted(scores, key=lambda concept: (-scores[concept], self._order[concept]))
        return tuple(concept for concept in ranked if scores[concept] >= LEAST_SHARE * top)[:MOST]


@lru_cache(maxsize=8)
def spotter(path: str) -> Spotter:
    """The spotter for the curriculum at `path` ('': the built-in one), made once. Raises `CurriculumError`."""
    return Spotter(load(path))

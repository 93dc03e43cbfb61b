"""Tries and their outcomes."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# `apart`: answered, but from the intruder's own room, with nothing of anybody else's in it.
# `control`: somebody who may, and could; a suite that finds every door shut has proved nothing.
Verdict = Literal["refused", "apart", "control", "let in", "server error", "control failed"]
GOOD: tuple[Verdict, ...] = ("refused", "apart", "control")
CLOSED, UNANSWERED = "closed", "no answer"


@dataclass(frozen=True, slots=True)
class Try:
    """One try: `where` is a route or socket, `outcome` a status, a close code, or what else was seen."""

    group: str
    what: str
    where: str
    outcome: str
    verdict: Verdict


class Table:
    """All tries of a run."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    def refusal(self, group: str, what: str, where: str, status: int | str, *, busy: bool = False) -> None:
        """A try that must be refused: by a 4xx or a cut line; by 503 only where that says "too much" (`busy`)."""
        verdict: Verdict = "let in"
        if isinstance(status, str):
            verdict = "refused" if status.startswith(CLOSED) else "let in"
        elif 400 <= status < 500 or (busy and status == 503):
            verdict = "refused"
        elif status >= 500:
            verdict = "server error"
        self.tries.append(Try(group, what, where, str(status), verdict))

    def foreign(
        self, group: str, what: str, where: str, status: int | str, seen: bytes, secrets: Collection[str]
    ) -> None:
        """A try at what is another's: refused, or answered without any of the other's `secrets`."""
        leaked = [secret for secret in secrets if secret.encode() in seen]
        if leaked:
            self.tries.append(Try(group, what, where, f"{status}, with what is another's", "let in"))
        elif isinstance(status, int) and status < 400:
            self.tries.append(Try(group, what, where, f"{status}, nothing of another's in it", "apart"))
        else:
            self.refusal(group, what, where, status)

    def control(self, group: str, what: str, where: str, outcome: int | str, good: bool) -> None:
        """Somebody who may: `good` says whether it worked."""
        self.tries.append(Try(group, what, where, str(outcome), "control" if good else "control failed"))

    @property
    def failed(self) -> list[Try]:
        """What should not have been."""
        return [each for each in self.tries if each.verdict not in GOOD]

    def figures(self) -> dict[str, Any]:
        """How many tries came to what."""
        counts = Counter(each.verdict for each in self.tries)
        return {
            "tries": len(self.tries),
            "refused": counts["refused"],
            "kept_apart": counts["apart"],
            "let_in": counts["let in"],
            "server_errors": counts["server error"],
            "controls": counts["control"],
            "controls_failed": counts["control failed"],
        }

    def markdown(self, all_of: Mapping[str, frozenset[str]]) -> str:
        """A table for each group: what was tried where how often, and what came of it.

        `all_of` has short names for sets of places.
        """
        lines: list[str] = []
        for group in dict.fromkeys(each.group for each in self.tries):
            lines += [f"## {group}", "", "| tried | where | tries | outcome | |", "| --- | --- | --- | --- | --- |"]
            rows: dict[tuple[str, str], list[Try]] = {}
            for each in self.tries:
                if each.group == group:
                    rows.setdefault((each.what, each.where), []).append(each)
            lines += [_row(what, where, tries) for (what, where), tries in _merged(rows, all_of)]
            lines.append("")
        return "\n".join(lines)


def _merged(
    rows: dict[tuple[str, str], list[Try]], all_of: Mapping[str, frozenset[str]]
) -> list[tuple[tuple[str, str], list[Try]]]:
    """Places at which the same came of the same try share a row."""
    places: dict[tuple[str, tuple[tuple[str, Verdict], ...]], list[str]] = {}
    tries: dict[tuple[str, tuple[tuple[str, Verdict], ...]], list[Try]] = {}
    for (what, where), theirs in rows.items():
        same = (what, tuple(sorted({(each.outcome, each.verdict) for each in theirs})))
        places.setdefault(same, []).append(where)
        tries.setdefault(same, []).extend(theirs)
    return [((same[0], _places(places[same], all_of)), tries[same]) for same in places]


def _places(places: list[str], all_of: Mapping[str, frozenset[str]]) -> str:
    names, left = [], set(places)
    for name, whole in all_of.items():
        if len(whole) > 1 and whole <= left:
            names.append(name)
            left -= whole
    return ", ".join([*names, *(place for place in places if place in left)])


def _row(what: str, where: str, tries: list[Try]) -> str:
    outcomes = Counter(each.outcome for each in tries)
    shown = ", ".join(f"{outcome} × {count}" if len(outcomes) > 1 else outcome for outcome, count in outcomes.items())
    verdicts = ", ".join(dict.fromkeys(each.verdict for each in tries))
    cells = (what, where, str(len(tries)), shown, verdicts)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

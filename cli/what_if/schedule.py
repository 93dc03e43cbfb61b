"""The order in which the stages worked, from where and when their outputs were appended."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cli.what_if.recording import Kept, Recording
from schemas.topics import SIGNALS

StepKind = Literal["profile", "enriched", "scored", "response"]
# Of outputs of one moment: what one of them could have led to comes behind it.
RANKS: dict[StepKind, int] = {"profile": 0, "enriched": 1, "scored": 2, "response": 3}


@dataclass(frozen=True, slots=True)
class Step:
    """One record handled by one stage; `at` is when its output was appended. `id` is the message's or, for the profile
    stage, that of the input `kept`."""

    kind: StepKind
    at: int
    id: str
    kept: Kept | None = None


def schedule(recording: Recording) -> list[Step]:
    """All steps in their order. What the profile stage read without publishing a profile stands before what it read
    next of the same learner."""
    steps: list[tuple[tuple[int, int, int, int], Step]] = []

    def add(
        kind: StepKind, at: int, kept: Kept, id_: str, source: Kept | None = None, place: int | None = None
    ) -> None:
        order = at, RANKS[kind], kept.partition, kept.offset if place is None else place
        steps.append((order, Step(kind, at, id_, source)))

    for id_ in recording.whole():
        for kind, of in (
            ("enriched", recording.enriched),
            ("scored", recording.scored),
            ("response", recording.responses),
        ):
            add(kind, of[id_].at, of[id_], id_)  # type: ignore[arg-type]
    quiet = _quiet(recording)
    for place, (profile, id_) in enumerate(_caused(recording)):
        at = profile.at
        for silent, kept in quiet.pop(id_, ()):
            add("profile", at, profile, silent, kept, place)
        add("profile", at, profile, id_, recording.inputs[id_], place)
    # Sorting is stable: steps of one place stay as they were added.
    steps.sort(key=lambda one: one[0])
    return [step for _, step in steps]


def _caused(recording: Recording) -> Iterator[tuple[Kept, str]]:
    for profile in recording.profiles:
        cause = profile.event["caused_by"]
        if cause in recording.inputs:
            yield profile, cause


def _quiet(recording: Recording) -> dict[str, list[tuple[str, Kept]]]:
    """Inputs that led to no profile, by the input of the same learner that came next and did."""
    loud = {profile.event["caused_by"] for profile in recording.profiles}
    theirs: dict[bytes, list[tuple[int, str, Kept]]] = defaultdict(list)
    for id_, kept in recording.inputs.items():
        theirs[kept.key].append((kept.at, id_, kept))
    found: dict[str, list[tuple[str, Kept]]] = {}
    for inputs in theirs.values():
        waiting: list[tuple[str, Kept]] = []
        for _, id_, kept in sorted(inputs, key=lambda one: (one[0], one[1])):
            if id_ in loud:
                if waiting:
                    found[id_] = waiting
                waiting = []
            elif kept.topic is SIGNALS:
                waiting.append((id_, kept))
    return found

"""What was found of a learner before and after, and what that proves: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HEADINGS = ("place", "found before", "found after")


@dataclass(frozen=True, slots=True)
class Finding:
    """How many rows, states or keys of the learner one place held."""

    place: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The findings of all places, and the records that each app had still to read when it was waited for in vain."""

    findings: Sequence[Finding]
    stuck: Mapping[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """True when nothing was found afterwards and nobody is left who may write it again."""
        return not self.stuck and not any(finding.after for finding in self.findings)

    @property
    def found_before(self) -> int:
        """Everything that there was."""
        return sum(finding.before for finding in self.findings)

    def problems(self) -> list[str]:
        """What is not as it should be and what to do about it, a line each."""
        lines = [
            f"'masterx worker {app}' has {left} record{'' if left == 1 else 's'} still to read: "
            f"start it, or give it longer with --wait, and run this again"
            for app, left in self.stuck.items()
        ]
        left = [finding.place for finding in self.findings if finding.after]
        if left:
            lines.append(
                f"still there: {', '.join(left)}; stop what sends for the learner, or wait until it is answered, "
                "and run this again"
            )
        return lines


def compared(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Finding, ...]:
    """One finding for each place of either."""
    return tuple(
        Finding(place, before.get(place, 0), after.get(place, 0)) for place in dict.fromkeys((*before, *after))
    )


def remains(retention_hours: int, requests: int) -> list[str]:
    """What an erasure does not reach, a line each."""
    return [
        f"{requests} row{'' if requests == 1 else 's'} in raw_erasures stay as the record of the request.",
        f"Records in topics that are not compacted stay until {retention_hours} h after they were written "
        "(MASTERX_RETENTION_HOURS). A worker whose group is set back before them reads them again: "
        "run this once more after that.",
        "Counts over all learners, such as windows and item difficulties, stay; they name nobody.",
    ]

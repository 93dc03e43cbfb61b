"""The rows as a table for people, and as the page that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.faults.watch import Figures
from benchmarks.history import commit, machine

HEADINGS = (
    "case",
    "sent",
    "answered",
    "by provider",
    "lost",
    "duplicated",
    "raw duplicates",
    "calls repeated",
    "out of order",
    "longest silence, s",
    "memory peak, MB",
    "held",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One case and what came of it; `by_provider` answers at least were to come from a provider."""

    name: str
    what: str
    figures: Figures
    by_provider: int

    @property
    def held(self) -> bool:
        """Nothing lost, repeated or disordered, everything answered, and by a provider where one was healthy."""
        verdict = self.figures.verdict
        return (
            verdict.good
            and verdict.answered == verdict.sent
            and verdict.answered_by_provider >= self.by_provider
            and self.figures.error is None
        )

    def cells(self) -> tuple[str, ...]:
        """The row's cells, as `HEADINGS` names them."""
        verdict, figures = self.figures.verdict, self.figures
        return (
            self.name,
            str(verdict.sent),
            str(verdict.answered),
            str(verdict.answered_by_provider),
            str(len(verdict.lost)),
            str(len(verdict.duplicated)),
            str(figures.raw_duplicates),
            str(figures.provider_calls_repeated),
            str(len(verdict.out_of_order)),
            f"{figures.longest_silence_s:.1f}",
            f"{figures.worker_bytes_peak / 2**20:.0f}",
            "yes" if self.held else f"NO{': ' + figures.error if figures.error else ''}",
        )


def checked(checker: bool | None) -> str:
    """One line on the check of the checker."""
    if checker is None:
        return "The checker was not checked in this run."
    if checker:
        return "A worker that acknowledges out of order fails this check, as it must."
    return "THE CHECKER LET A WORKER PASS THAT ACKNOWLEDGES OUT OF ORDER."


def table(rows: Sequence[Row], checker: bool | None) -> str:
    """Aligned columns."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*text, "", checked(checker)])


def markdown(rows: Sequence[Row], checker: bool | None) -> str:
    """The page `docs/faults.md`."""
    head = f"""# What happens under faults

Made by `make faults` on {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()}.

Real processes on Apache Kafka, real signals; the provider is a local server that the run controls. "Duplicated" counts
message ids with more than one response id and response ids with more than one body, in the topic and in ClickHouse;
"raw duplicates" are further records of a response with the same body, which readers pass over by its id. "Longest
silence" is the longest time in which no answer came although messages were waiting, the recovery included. "Memory
peak" is all workers together.
"""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    lines = ["| " + " | ".join(line) + " |" for line in cells]
    lines.insert(1, "|" + " --- |" * len(HEADINGS))
    what = "\n".join(f"- **{row.name}**: {row.what}." for row in rows)
    return f"{head}\n" + "\n".join(lines) + f"\n\n{what}\n\n{checked(checker)}\n"

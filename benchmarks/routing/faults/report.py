"""The rows as a table for people, and as the page that is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.history import commit, machine
from benchmarks.routing.faults.run import Load, Row

HEADINGS = ("case", "answered", "by a provider", "first token p50, s", "p99, s", "calls a message", "restarted", "held")


def cells(row: Row) -> tuple[str, ...]:
    """A row's cells, as `HEADINGS` names them."""
    return (
        row.name,
        f"{row.answered:.1%}",
        f"{row.by_provider:.1%}",
        f"{row.first_token_p50:.3f}",
        f"{row.first_token_p99:.3f}",
        f"{row.calls:.2f}",
        f"{row.voided:.1%}",
        "yes" if row.held else "NO",
    )


def table(rows: Sequence[Row]) -> str:
    """Aligned columns."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown(rows: Sequence[Row], load: Load) -> str:
    """The page `docs/routing-faults.md`."""
    limits = load.limits
    head = f"""# What the router makes of failing providers

Made by `make faults-routing` on {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()}.

Each case: {load.messages} messages, {load.a_second:g} a second, {load.deadline:g} s to answer each, through the
router and its HTTP client to a local server that misbehaves as told. Two providers are declared, tried in order; the
fault begins once the router has seen some healthy calls, and stays. A try may take {limits.first_token:g} s to its
first token, {limits.between_tokens:g} s between two, {limits.total:g} s in all.

"Answered" is before the deadline; what no provider answers gets the off-line reply. "First token" is measured from the
message's arrival to the first token of the reply that was kept; of an off-line reply, to the reply. "Restarted" is the
share of the messages whose listener had been shown tokens of a try that was then given up.
"""
    lines = ["| " + " | ".join(line) + " |" for line in (HEADINGS, *(cells(row) for row in rows))]
    lines.insert(1, "|" + " --- |" * len(HEADINGS))
    what = "\n".join(f"- **{row.name}**: {row.what}." for row in rows)
    return f"{head}\n" + "\n".join(lines) + f"\n\n{what}\n"

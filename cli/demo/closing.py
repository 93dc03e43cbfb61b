"""The end of the demo on paper: the table read back from ClickHouse, the verdict, what to try next."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.demo.result import ReadBack
from cli.demo.seen.providers import Providers
from cli.demo.view.marks import ms
from cli.events import short
from cli.verify import Verdict

PROBLEM_CHARS = 160


def closing(found: ReadBack, verdict: Verdict, *, first_answer_s: float | None, narrow: bool) -> RenderableType:
    """Two tables and a line on what the checker found."""
    parts: list[RenderableType] = [
        Text("Read back from ClickHouse", style="bold"),
        _kinds(found),
        _providers(found, narrow=narrow),
        said(verdict, first_answer_s),
    ]
    return Group(*parts)


def said(verdict: Verdict, first_answer_s: float | None) -> Text:
    """What the comparison with what was sent says."""
    first = f" The first answer came {first_answer_s:.1f} s after the start." if first_answer_s is not None else ""
    if verdict.good and not verdict.dead_lettered:
        return Text(
            f"All {verdict.sent} events sent are there: none lost, none twice, none out of order.{first}", style="green"
        )
    wrong = [
        f"{len(ids)} {what} ({', '.join(ids[:3])}{' …' if len(ids) > 3 else ''})"
        for what, ids in (("lost", verdict.lost), ("twice", verdict.duplicated), ("out of order", verdict.out_of_order))
        if ids
    ]
    wrong += [f"{verdict.dead_lettered} refused"] if verdict.dead_lettered else []
    return Text(f"Of {verdict.sent} events sent: {'; '.join(wrong)}.{first}", style="bold red")


def problems(providers: Providers) -> list[Text]:
    """A line for each provider whose calls failed."""
    return [
        Text(
            f"{name}: {answers.failed} {'calls' if answers.failed != 1 else 'call'} failed, the last with: "
            f"{short(answers.problem, PROBLEM_CHARS)}",
            style="yellow",
        )
        for name, answers in sorted(providers.by_name.items())
        if answers.failed
    ]


def next_steps(title: str, commands: Sequence[tuple[str, str]]) -> list[Text]:
    """Commands, each under what it shows. Print them without folding: they are there to be copied."""
    lines = [Text(""), Text(title, style="bold")]
    for command, shows in commands:
        lines += [Text(f"  # {shows}", style="bright_black"), Text(f"  {command}", style="cyan")]
    return lines


def _kinds(found: ReadBack) -> Table:
    table = _table(("", "sent", "stored", "answered", "lost"))
    for kind in found.kinds:
        lost = Text(str(kind.lost), style="bold red" if kind.lost else "green")
        answered = str(kind.answered) if kind.kind == "messages" else "-"
        table.add_row(kind.kind, str(kind.sent), str(kind.stored), answered, lost)
    return table


def _providers(found: ReadBack, *, narrow: bool) -> Table:
    columns = ["provider", "replies", "provider p50", *([] if narrow else ["pipeline p50", "pipeline p99", "cost, $"])]
    table = _table(columns)
    for one in found.providers:
        rest = [ms(one.pipeline_p50_ms), ms(one.pipeline_p99_ms), f"{one.cost_usd:.4f}"]
        table.add_row(one.provider, str(one.replies), ms(one.provider_p50_ms), *([] if narrow else rest))
    return table


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    return table

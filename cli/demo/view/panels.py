"""The parts of the live screen."""

import textwrap

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.demo.seen.picture import Picture
from cli.demo.seen.spotlight import Turn
from cli.demo.view.marks import bar, ms, spark
from cli.events import short
from schemas.topics import AGGREGATES, ATTEMPTS, ENRICHED, MESSAGES, PROFILES, RESPONSES, SCORED

LABEL = 10
BORDER = "bright_black"
RISING, FALLING, QUIET = "green", "red", "bright_black"
STATE_STYLES = {
    "frustrated": "red",
    "confused": "yellow",
    "bored": "blue",
    "anxious": "magenta",
    "engaged": "green",
    "confident": "cyan",
}
PROVIDERS_SHOWN = 3
SEVERITY_STYLES = {"urgent": "bold red", "attention": "yellow", "info": "white"}


def header(picture: Picture) -> Text:
    """One line: how far it is, and what runs on what."""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append("MasterX demo", style="bold")
    line.append(f"  {min(picture.elapsed, picture.seconds):.0f} of {picture.seconds:.0f} s", style="bold cyan")
    line.append(f"  {picture.phase or f'{picture.learners} learners at work'}", style="yellow")
    line.append(f"  on {picture.broker}, answers from {picture.provider}", style="white")
    return line


def flow(picture: Picture) -> Panel:
    """Rate and latency per stage; the providers' own time stands apart from routing's."""
    table = _table(("stage", "left"), ("a second", "right"), ("p50", "right"), ("p99", "right"))
    table.add_row("messages sent", _rate(picture, MESSAGES.name), "", "")
    table.add_row("attempts sent", _rate(picture, ATTEMPTS.name), "", "")
    for name, topic in (("context", ENRICHED), ("emotion", SCORED), ("routing", RESPONSES), ("profile", PROFILES)):
        figures = picture.flow.figures(topic.name, picture.now)
        table.add_row(Text(name, style="bold"), f"{figures.rate:.1f}", ms(figures.p50_ms), ms(figures.p99_ms))
        if topic is RESPONSES:
            _providers(picture, table)
    table.add_row(Text("analytics", style="bold"), _rate(picture, AGGREGATES.name), "", "")
    stored = picture.stored
    count = f"{stored.messages + stored.responses + stored.attempts} rows"
    table.add_row(Text("ClickHouse", style="bold"), count, ms(stored.p50_ms), ms(stored.p99_ms))
    return _panel(table, "flow", f"{picture.answered} of {picture.messages} messages answered")


def _providers(picture: Picture, table: Table) -> None:
    """Who answered, below routing."""
    ranked = sorted(picture.providers.by_name.items(), key=lambda pair: -pair[1].replies)
    for name, answers in ranked[:PROVIDERS_SHOWN]:
        failed = f", {answers.failed} failed" if answers.failed else ""
        style = "red" if failed or name in ("offline", "safe") else "cyan"
        count = f"{answers.replies} {'replies' if answers.replies != 1 else 'reply'}{failed}"
        table.add_row(f"  {name}", count, ms(answers.p50_ms), ms(answers.p99_ms), style=style)


def flow_rows(picture: Picture) -> int:
    """How many lines the flow panel takes, its border included."""
    return 11 + max(min(len(picture.providers.by_name), PROVIDERS_SHOWN), 1)


def feelings(picture: Picture) -> Panel:
    """Learning states as bars, and the strongest emotions."""
    table = _table(("", "left"), ("", "left"), ("", "right"), header=False)
    for name, mean in picture.feelings.states(picture.now):
        style = STATE_STYLES.get(name, "white")
        table.add_row(name, Text(bar(mean, 16), style=style), f"{mean:.0%}")
    table.add_row("", "", "")
    for name, mean in picture.feelings.emotions(picture.now, 3):
        table.add_row(Text(name, style=QUIET), Text(bar(mean, 16), style=QUIET), Text(f"{mean:.0%}", style=QUIET))
    return _panel(table, "how the class feels", "mean of the last 30 s")


def mastery(picture: Picture, rows: int, *, narrow: bool = False) -> Panel:
    """The chance of a right answer, concept by concept; `narrow` leaves the columns behind it out."""
    columns = [("concept", "left"), ("first", "right"), ("now", "right"), ("", "left"), ("mastered", "right")]
    table = _table(*columns[: 3 if narrow else 5])
    for course in picture.mastery.courses(rows):
        change = course.now - course.first
        style = RISING if change > 0.02 else FALLING if change < -0.02 else "white"
        cells: list[str | Text] = [course.concept_id, f"{course.first:.2f}", Text(f"{course.now:.2f}", style=style)]
        if not narrow:
            cells += [Text(spark(course.history, 12), style=style), f"{course.mastered} of {course.learners}"]
        table.add_row(*cells)
    return _panel(table, "mastery", "mean chance of a right answer")


def interventions(picture: Picture, rows: int) -> Panel:
    """The latest interventions, each in at most two lines."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for raised in picture.raisings.latest(rows):
        style = SEVERITY_STYLES.get(raised.severity, "white")
        table.add_row(Text(raised.learner, style=QUIET), Text(raised.text, style=style))
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in picture.raisings.counts.most_common(3))
    return _panel(table, "interventions", counts or "none yet")


def spotlight(picture: Picture, rows: int, width: int) -> Panel:
    """One learner's latest answered message, with the reasons; above it those before, whole or in short."""
    chosen = picture.spotlight
    answered = [turn for turn in chosen.turns if turn.reply]
    shown: list[Text] = []
    for turn in reversed(answered or list(chosen.turns)):
        room = rows - len(shown) - bool(shown)
        lines = conversation(turn, width - 4)
        if len(lines) > room:
            lines = conversation(in_short(turn), width - 4) if shown else conversation(turn, width - 4, clipped=True)
        if shown and len(lines) > room:
            break
        shown = [*lines, *([Text("")] if shown else []), *shown]
    text = Text("\n").join(shown[:rows]) if shown else Text("has not written yet", style=QUIET)
    return _panel(text, f"{chosen.learner}'s conversation", f"one learner of {picture.learners}: {picture.character}")


def in_short(turn: Turn) -> Turn:
    """What was said, without the reasons."""
    return Turn(turn.message_id, turn.wrote, reply=turn.reply)


def conversation(turn: Turn, width: int, *, clipped: bool = False) -> list[Text]:
    """The lines of a turn, folded at `width`; `clipped` is for little room: one line a reason, and not all."""
    lines: list[Text] = []
    for label, said, style in (
        ("wrote", turn.wrote, "bold"),
        ("felt", turn.felt, "white"),
        ("plan", turn.plan, "white"),
        ("prompt", turn.prompt, "white"),
        ("provider", turn.provider, "white"),
        ("reply", turn.reply, "bold cyan"),
        ("then", "; ".join(turn.then), "white"),
    ):
        if not said:
            continue
        folded = _folded(said, width - LABEL)
        if clipped and label == "prompt":
            continue
        if clipped and label != "reply":
            folded = [short(said, width - LABEL)]
        for number, part in enumerate(folded):
            line = Text(f"{label if number == 0 else '':<{LABEL}}", style=QUIET)
            line.append(part, style=style)
            lines.append(line)
    return lines


def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20)) or [""]


def _rate(picture: Picture, topic: str) -> str:
    return f"{picture.flow.figures(topic, picture.now).rate:.1f}"


def _table(*columns: tuple[str, str], header: bool = True) -> Table:
    table = Table(box=None, expand=True, show_header=header, header_style=QUIET, padding=(0, 1, 0, 0), pad_edge=False)
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True, overflow="ellipsis")
    return table


def _panel(inside: Table | Text, title: str, subtitle: str) -> Panel:
    return Panel(
        inside,
        title=Text(title, style="bold"),
        title_align="left",
        subtitle=Text(subtitle, style=QUIET),
        subtitle_align="right",
        border_style=BORDER,
        padding=(0, 1),
    )

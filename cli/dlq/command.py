"""`masterx dlq list|show|repair|replay`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.assignments import assignments
from cli.exits import USAGE, Failure
from cli.names import topic_named
from cli.screen import note, out, table

if TYPE_CHECKING:
    from cli.dlq.letters import Letter

app = typer.Typer(no_args_is_help=True, help="Look at refused records, put them right, send them again.")

Reason = Annotated[str | None, typer.Option(help="Only those refused for this reason.")]


@app.command("list")
def show_all(
    topic: Annotated[
        str | None, typer.Argument(help="Whose dead letters: messages, attempts …; all unless given.")
    ] = None,
    reason: Reason = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those not sent again yet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List dead letters, oldest first."""
    from cli.events import moment, short

    letters = _chosen(topic, reason, waiting=waiting)
    if json:
        for letter in letters:
            out(_as_json(letter))
    elif letters:
        table(
            ("address", "refused at (UTC)", "stage", "reason", "what is wrong", "state"),
            [
                (
                    letter.address,
                    moment(letter.refused_at_ms)[:-4],
                    letter.said("dlq_stage"),
                    letter.reason,
                    short(letter.said("dlq_error")),
                    f"sent again {len(letter.replayed_as)} x" if letter.replayed_as else "waiting",
                )
                for letter in letters
            ],
        )
    note(f"{len(letters)} dead letters" if letters else "no dead letters that fit")


@app.command("show")
def show(
    address: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="As 'masterx dlq list' prints it.")],
) -> None:
    """Show one dead letter: its headers and its bytes, as fields where they can be read."""
    import orjson

    from cli.dlq.letters import at
    from cli.dlq.mend import fields_of
    from cli.events import moment
    from config.settings import settings

    letter = at(settings(), address)
    out(f"address    {letter.address}")
    out(f"refused    {moment(letter.refused_at_ms)} UTC by {letter.said('dlq_stage') or 'an unknown stage'}")
    out("was at     {}/{}/{}".format(*letter.origin))
    out(f"reason     {letter.reason}: {letter.said('dlq_error')}")
    out(f"attempt    {letter.said('dlq_attempt') or '1'}, sent again before: {letter.replays} x")
    for place in letter.replayed_as:
        out(f"sent again {place}")
    out(f"key        {(letter.key or b'').decode('utf-8', 'backslashreplace')}")
    if "dlq_key" in letter.headers:
        out(f"had key    {letter.headers['dlq_key'].decode('utf-8', 'backslashreplace')}")
    for name in letter.headers:
        if not name.startswith("dlq_"):
            out(f"header     {name}={letter.said(name)}")
    if letter.left_out:
        out(f"value      {letter.left_out}")
        return
    fields = fields_of(letter)
    if fields is not None:
        out(orjson.dumps(fields, option=orjson.OPT_INDENT_2, default=repr).decode())
    else:
        out(f"{len(letter.value or b'')} bytes that can't be read as {letter.topic.event}:")
        out(_dump(letter.value or b""))


@app.command("repair")
def repair(
    address: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="As 'masterx dlq list' prints it.")],
    field: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field's new value, JSON or text.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="FIELD", help="A field to drop.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mended event and send nothing.")] = False,
) -> None:
    """Put fields of one dead letter right and send it to the topic that it came from."""
    import orjson

    from cli.dlq.letters import at
    from cli.dlq.mend import mend
    from cli.dlq.resend import resend
    from config.settings import settings
    from schemas.codec import decode

    chosen = settings()
    mended = mend(at(chosen, address), assignments(field), tuple(remove or ()))
    if dry_run:
        event = decode(mended.letter.topic.event, mended.value)
        out(orjson.dumps(event, option=orjson.OPT_INDENT_2, default=repr).decode())
        return
    for place in resend(chosen, [mended]):
        out(place)


@app.command("replay")
def replay(
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC/PARTITION/OFFSET]...", help="Which; else --topic or --all.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="All of this topic that wait.")] = None,
    all_topics: Annotated[bool, typer.Option("--all", help="All that wait, of every topic.")] = False,
    reason: Reason = None,
    again: Annotated[bool, typer.Option("--again", help="Those that were sent again before, too.")] = False,
) -> None:
    """Send dead letters again, bytes untouched, to the topics that they came from; print where each stands now."""
    from cli.dlq.letters import at
    from cli.dlq.resend import Again, resend
    from config.settings import settings

    if sum((bool(addresses), topic is not None, all_topics)) != 1:
        raise Failure(USAGE, "say which: addresses as 'masterx dlq list' prints them, or --topic TOPIC, or --all")
    if addresses:
        letters = [at(settings(), address) for address in addresses]
        for letter in letters:
            letter.require_value()
    else:
        found = _chosen(topic, reason, waiting=not again)
        letters = [letter for letter in found if not letter.left_out]
        for letter in found:
            if letter.left_out:
                note(f"{letter.address} is not sent again: {letter.left_out}")
    for place in resend(settings(), [Again.untouched(letter) for letter in letters]):
        out(place)
    note(f"{len(letters)} sent again")


def _chosen(topic: str | None, reason: str | None, *, waiting: bool) -> "list[Letter]":
    from cli.dlq.letters import read_all
    from config.settings import settings
    from schemas.topics import ALL

    topics = ALL if topic is None else (topic_named(topic.removesuffix(".DLQ")),)
    return [
        letter
        for letter in read_all(settings(), topics)
        if (reason is None or letter.reason == reason) and not (waiting and letter.replayed_as)
    ]


def _as_json(letter: "Letter") -> str:
    import orjson

    topic, partition, offset = letter.origin
    return orjson.dumps(
        {
            "address": letter.address,
            "refused_at_ms": letter.refused_at_ms,
            "origin": {"topic": topic, "partition": partition, "offset": offset},
            "stage": letter.said("dlq_stage"),
            "reason": letter.reason,
            "error": letter.said("dlq_error"),
            "left_out": letter.left_out or None,
            "replays": letter.replays,
            "replayed_as": letter.replayed_as,
        }
    ).decode()


def _dump(value: bytes, width: int = 16) -> str:
    lines = []
    for start in range(0, min(len(value), 1024), width):
        part = value[start : start + width]
        seen = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:06x}  {part.hex(' '):<{width * 3}} {seen}")
    if len(value) > 1024:
        lines.append(f"… {len(value) - 1024} more bytes")
    return "\n".join(lines)

"""`masterx trace`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import NO_INPUT, USAGE, Failure
from cli.screen import note, out, table


def trace(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="As the gateway gave it back.")],
    spans: Annotated[
        Path | None, typer.Option(help="File of spans, one OTLP request a line; else what MASTERX_TRACE_TO names.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw it into this SVG file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a span.")] = False,
) -> None:
    """Show a message's way from the gateway to ClickHouse, stage by stage, from the spans that were written of it."""
    import dataclasses

    from cli.trace.picture import svg
    from cli.trace.spans import depths, of_message
    from config.settings import settings

    chosen = settings()
    if spans is None:
        if not chosen.trace_to or "://" in chosen.trace_to:
            raise Failure(USAGE, "no file of spans: name one with --spans, or let MASTERX_TRACE_TO name one")
        spans = Path(chosen.trace_to)
    found = of_message(spans, message_id)
    if not found:
        raise Failure(
            NO_INPUT,
            f"{spans} has no span of message {message_id}: MASTERX_TRACE_SHARE={chosen.trace_share:g} of all messages "
            "are followed, and spans are written within a few seconds",
        )
    if json:
        import orjson

        for span in found:
            out(orjson.dumps(dataclasses.asdict(span)).decode())
    else:
        begin, deep = min(span.start for span in found), depths(found)
        table(
            ("process", "span", "topic", "began ms", "took ms", "waited ms"),
            [
                (
                    span.service,
                    "  " * deep[span.id] + span.name + (" (failed)" if span.failed else ""),
                    str(span.attributes.get("messaging.destination.name", "")),
                    f"{(span.start - begin) / 1e6:.1f}",
                    f"{(span.end - span.start) / 1e6:.1f}",
                    f"{span.attributes['masterx.waited_ms']:.1f}" if "masterx.waited_ms" in span.attributes else "",
                )
                for span in found
            ],
            numeric=(False, False, False, True, True, True),
        )
    if picture is not None:
        picture.write_text(svg(found))
        note(f"drawn into {picture}")

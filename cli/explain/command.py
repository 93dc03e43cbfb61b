"""`masterx explain MESSAGE_ID`."""

import shutil
import uuid
from typing import Annotated

import typer

from cli.exits import NO_INPUT, USAGE, Failure
from cli.screen import out


def explain(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="A message's id, or its response's.")],
    json: Annotated[bool, typer.Option("--json", help="The rows themselves, as one JSON object.")] = False,
) -> None:
    """Print why a message was answered as it was, from what was stored with the answer."""
    import dataclasses

    import orjson

    from cli.clickhouse import connected
    from cli.explain.fetch import fetch
    from cli.explain.page import page
    from config.settings import settings

    try:
        wanted = str(uuid.UUID(message_id))
    except ValueError as error:
        raise Failure(
            USAGE, f"{message_id!r} is no message id: it looks like 123e4567-e89b-12d3-a456-426614174000"
        ) from error
    with connected(settings()) as client:
        story = fetch(client, wanted)
    if story.message is None and story.response is None:
        raise Failure(
            NO_INPUT, f"no message {wanted} in ClickHouse: 'masterx tail --no-follow --message {wanted}' looks in Kafka"
        )
    if json:
        out(orjson.dumps(dataclasses.asdict(story), default=str, option=orjson.OPT_PASSTHROUGH_DATETIME).decode())
        return
    for line in page(story, shutil.get_terminal_size().columns):
        out(line)

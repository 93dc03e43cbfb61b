"""Topics by the names that people type."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from cli.exits import USAGE, Failure

if TYPE_CHECKING:
    from schemas.topics import Topic

PREFIX = "masterx."
DLQ = ".DLQ"


def topic_named(name: str, *, from_apps: bool = False) -> "Topic":
    """The topic that `name` means, with or without `masterx.`; of apps' topics only with `from_apps`.

    Raises `Failure`, with the nearest name there is.
    """
    from schemas.topics import ALL

    allowed = {topic.name: topic for topic in ALL if topic.from_apps or not from_apps}
    full = name if name.startswith(PREFIX) else PREFIX + name
    if full in allowed:
        return allowed[full]
    short = [topic.removeprefix(PREFIX) for topic in allowed]
    near = get_close_matches(name.removeprefix(PREFIX), short, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(short)}"
    what = "no topic that apps write to" if from_apps else "no topic"
    raise Failure(USAGE, f"{name} is {what}: {hint}")


def topic_or_dlq(name: str) -> tuple["Topic", bool]:
    """The topic that `name` means, and whether its dead letters are meant. Raises `Failure`."""
    return topic_named(name.removesuffix(DLQ)), name.endswith(DLQ)

"""`FIELD=VALUE` pairs of a command line."""

from collections.abc import Iterable
from typing import Any

from cli.exits import USAGE, Failure


def assignments(pairs: Iterable[str] | None) -> dict[str, Any]:
    """Fields and values; a value is JSON where it can be read as such, else text. Raises `Failure`."""
    import orjson

    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise Failure(USAGE, f"--set {pair!r}: write FIELD=VALUE")
        try:
            found[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[name] = value
    return found

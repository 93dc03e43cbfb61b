"""An event of any schema, filled in by its types."""

import uuid
from typing import Any

from schemas import catalogue
from schemas.codec import Event


def sample(name: str) -> Event:
    """A valid event of schema `name`: unions take their last branch, collections hold one element."""
    known: dict[str, Any] = {}
    return {field["name"]: _value(field["type"], known) for field in catalogue.declared(name)["fields"]}


def _value(kind: Any, known: dict[str, Any]) -> Any:
    if isinstance(kind, list):
        return _value(kind[-1], known)
    if isinstance(kind, str):
        if kind in known:
            return _value(known[kind], known)
        return {"string": "text", "int": 1, "long": 1, "double": 0.5, "float": 0.5, "boolean": True, "bytes": b"{}"}[
            kind
        ]
    if kind.get("logicalType") == "uuid":
        return str(uuid.UUID(int=7))
    if kind.get("logicalType") == "timestamp-micros":
        return 1_714_557_600_000_000
    if kind["type"] == "record":
        known[kind["name"]] = kind
        return {field["name"]: _value(field["type"], known) for field in kind["fields"]}
    if kind["type"] == "enum":
        return kind["symbols"][0]
    if kind["type"] == "array":
        return [_value(kind["items"], known)]
    if kind["type"] == "map":
        return {"key": _value(kind["values"], known)}
    return _value(kind["type"], known)

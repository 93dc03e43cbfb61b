"""Events made from a schema alone: each field gets a value of its own, so that a mix-up shows."""

import itertools
import uuid
from typing import Any

SPACE = uuid.UUID("0b7c9d5e-0000-4000-8000-000000000000")
FIRST_MOMENT = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z, microseconds


def full(schema: Any) -> dict[str, Any]:
    """Every union at its last branch, two elements in every collection, the last symbol of every enum."""
    return dict(_Maker(full=True).make(schema))


def sparse(schema: Any) -> dict[str, Any]:
    """Every union at its first branch, collections and texts empty, the first symbol of every enum."""
    return dict(_Maker(full=False).make(schema))


KINDS = {"full": full, "sparse": sparse}


class _Maker:
    def __init__(self, *, full: bool) -> None:
        self._full = full
        self._numbers = itertools.count(1)
        self._named: dict[str, Any] = {}

    def make(self, kind: Any) -> Any:
        if isinstance(kind, list):
            return self.make(kind[-1 if self._full else 0])
        if isinstance(kind, str):
            return self.make(self._named[kind]) if kind in self._named else self._simple(kind)
        if "logicalType" in kind:
            return self._logical(kind["logicalType"])
        if "name" in kind:
            self._named[kind["name"]] = self._named[f"masterx.{kind['name']}"] = kind
        if kind["type"] == "record":
            return {field["name"]: self.make(field["type"]) for field in kind["fields"]}
        if kind["type"] == "enum":
            return kind["symbols"][-1 if self._full else 0]
        if kind["type"] == "array":
            return [self.make(kind["items"]) for _ in range(2)] if self._full else []
        if kind["type"] == "map":
            return {f"key {n}": self.make(kind["values"]) for n in range(2)} if self._full else {}
        return self.make(kind["type"])

    def _logical(self, name: str) -> Any:
        number = next(self._numbers)
        if name == "uuid":
            return str(uuid.uuid5(SPACE, str(number)))
        if name == "timestamp-micros":
            return FIRST_MOMENT + number
        raise NotImplementedError(f"no value for the logical type {name}")

    def _simple(self, kind: str) -> Any:
        number = next(self._numbers)
        if kind in ("int", "long"):
            return -number if number % 2 else number << 20
        return {
            "null": None,
            "string": f"text {number} é 漢" if self._full else "",
            "bytes": bytes([number % 256, 0, 255]) if self._full else b"",
            "boolean": self._full,
            "double": number / 8,
        }[kind]

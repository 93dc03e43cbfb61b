"""The events: one Avro schema each, found by name or by fingerprint."""

import json
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

AvroSchema = dict[str, Any]

HERE = Path(__file__).parent
RELEASED = HERE / "released"


class UnknownSchemaError(LookupError):
    """No schema has this name or fingerprint."""


class SchemasAwayError(LookupError):
    """Whether another version of the program writes with this fingerprint can't be told now."""


Elsewhere = Callable[[bytes], tuple[str, AvroSchema] | None]
_elsewhere: list[Elsewhere] = []


def _read(path: Path) -> AvroSchema:
    schema: AvroSchema = json.loads(path.read_text())
    return schema


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all events, sorted."""
    return tuple(sorted(path.stem for path in HERE.glob("*.avsc")))


@cache
def declared(name: str) -> AvroSchema:
    """The schema of event `name` as its file says it, docs and logical types included.

    Raises `UnknownSchemaError`.
    """
    path = HERE / f"{name}.avsc"
    if not path.exists():
        raise UnknownSchemaError(f"no event is called {name!r}; there are {', '.join(names())}")
    return _read(path)


def without_logical_types(schema: Any) -> Any:
    """`schema` with plain longs and strings, so that reading makes no datetime and UUID objects."""
    if isinstance(schema, dict):
        return {k: without_logical_types(v) for k, v in schema.items() if k != "logicalType"}
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    return schema


def parsed(schema: AvroSchema) -> AvroSchema:
    """`schema` ready for fastavro's reader and writer, which parse anew what does not say that it is parsed; logical
    types left out."""
    ready: AvroSchema = parse_schema(without_logical_types(schema))
    return ready


@cache
def current(name: str) -> AvroSchema:
    """Today's schema of event `name`, ready for fastavro. Raises `UnknownSchemaError`."""
    return parsed(declared(name))


def rabin(schema: AvroSchema) -> bytes:
    """The eight bytes of the CRC-64-AVRO fingerprint, as the single-object encoding has them."""
    crc = fingerprint(to_parsing_canonical_form(parse_schema(schema)), "CRC-64-AVRO")
    # fastavro gives the fingerprint's bytes as they stand on the wire (little-endian), in hex.
    return bytes.fromhex(crc)


@lru_cache(maxsize=1)
def by_fingerprint() -> dict[bytes, tuple[str, AvroSchema]]:
    """Fingerprint → (event name, parsed writer schema) for today's schemas and every released one."""
    known: dict[bytes, tuple[str, AvroSchema]] = {}
    for path in sorted(RELEASED.glob("*/*.avsc")):
        schema = _read(path)
        known[rabin(schema)] = (path.stem, parsed(schema))
    return known | {rabin(declared(name)): (name, current(name)) for name in names()}


def look_elsewhere(elsewhere: Elsewhere | None) -> None:
    """Ask `elsewhere` for fingerprints that are not among ours, from now on; None: nobody.

    It gives event name and parsed schema, None for one that nobody knows, and may raise `SchemasAwayError`.
    """
    _elsewhere[:] = [] if elsewhere is None else [elsewhere]


def find(mark: bytes) -> tuple[str, AvroSchema] | None:
    """Event name and parsed writer schema of a fingerprint; None for an unknown one. Raises `SchemasAwayError`."""
    known = by_fingerprint().get(mark)
    if known is None and _elsewhere:
        return _elsewhere[0](mark)
    return known

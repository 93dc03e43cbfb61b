"""What `masterx.schemas` holds: each schema that a version of the program writes, under its fingerprint.

A version that is deployed announces its schemas before it writes with them, so that older ones, which run beside it or
come back after it, can read what it wrote.
"""

import json

from fastavro.schema import SchemaParseException, UnknownType

from schemas import catalogue
from schemas.catalogue import AvroSchema


def ours() -> dict[bytes, bytes]:
    """Fingerprint → schema as JSON, of every event as this version writes it."""
    declared = (catalogue.declared(name) for name in catalogue.names())
    return {catalogue.rabin(schema): json.dumps(schema).encode() for schema in declared}


def read(mark: bytes, value: bytes) -> tuple[str, AvroSchema]:
    """Event name and parsed schema of one record. Raises `ValueError` for what is no schema of that fingerprint."""
    try:
        schema = json.loads(value)
        name = schema["name"].rsplit(".", 1)[-1]
        if catalogue.rabin(schema) == mark:
            return name, catalogue.parsed(schema)
    except (ValueError, KeyError, TypeError, AttributeError, SchemaParseException, UnknownType) as error:
        raise ValueError(f"no schema: {error}") from error
    raise ValueError("the schema has another fingerprint")

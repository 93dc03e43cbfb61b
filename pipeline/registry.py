"""Writer schemas by their id in a Confluent-compatible schema registry."""

import http.client
import json
import time
import urllib.error
import urllib.request

from fastavro.schema import SchemaParseException, UnknownType

from pipeline.delivery.record import NotNow
from schemas.catalogue import AvroSchema, UnknownSchemaError, parsed

TIMEOUT_SECONDS = 2.0
REMEMBER_UNKNOWN_SECONDS = 30.0


class Registry:
    """Asks the registry once for each id; ids never change their meaning."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._schemas: dict[int, AvroSchema] = {}
        self._unknown: dict[int, float] = {}

    def schema(self, schema_id: int) -> AvroSchema:
        """The schema with this id.

        Raises `UnknownSchemaError`, also for what is no Avro record, and `NotNow` where the registry does not answer.
        """
        known = self._schemas.get(schema_id)
        if known is not None:
            return known
        if time.monotonic() - self._unknown.get(schema_id, float("-inf")) < REMEMBER_UNKNOWN_SECONDS:
            raise UnknownSchemaError(f"the registry knows no schema id {schema_id}")
        try:
            schema = self._fetch(schema_id)
        except UnknownSchemaError:
            self._unknown[schema_id] = time.monotonic()
            raise
        self._schemas[schema_id] = schema
        return schema

    def _fetch(self, schema_id: int) -> AvroSchema:
        try:
            with urllib.request.urlopen(f"{self._url}/schemas/ids/{schema_id}", timeout=TIMEOUT_SECONDS) as answer:
                text = json.load(answer)["schema"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404 and _says_not_found(error.read()):
                    raise UnknownSchemaError(f"the registry knows no schema id {schema_id}") from error
            raise NotNow(f"the schema registry answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise NotNow(f"the schema registry does not answer: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise NotNow(f"{self._url} does not answer as a schema registry does") from error
        return _record_schema(schema_id, text)


def _says_not_found(body: bytes) -> bool:
    """Whether a 404 is the registry's word on the id, and not that of whatever else answers at a wrong address."""
    try:
        return str(json.loads(body)["error_code"]).startswith("4040")
    except (ValueError, KeyError, TypeError):
        return False


def _record_schema(schema_id: int, text: str) -> AvroSchema:
    try:
        schema = parsed(json.loads(text))
        if schema["type"] == "record":
            return schema
    except (ValueError, KeyError, TypeError, SchemaParseException, UnknownType):
        pass
    raise UnknownSchemaError(f"schema id {schema_id} of the registry is no Avro record that stands by itself")

"""Every released version's bytes against today's reader, and today's bytes against every released reader."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError

from schemas import catalogue
from schemas.catalogue import RELEASED, AvroSchema, parsed
from schemas.codec import decode
from tests.schemas.release import SAMPLES
from tests.schemas.values import KINDS

SCHEMAS = sorted(RELEASED.glob("*/*.avsc"))
CASES = [pytest.param(path, kind, id=f"{path.parent.name}-{path.stem}-{kind}") for path in SCHEMAS for kind in KINDS]


def as_declared(path: Path) -> AvroSchema:
    schema: AvroSchema = json.loads(path.read_text())
    return schema


def sample(path: Path, kind: str) -> bytes:
    return bytes.fromhex((SAMPLES / path.parent.name / f"{path.stem}.{kind}.hex").read_text())


def read_by(reader: AvroSchema, writer: AvroSchema, event: dict[str, Any]) -> Any:
    """`event` written by one schema and read by another."""
    out = io.BytesIO()
    schemaless_writer(out, parsed(writer), event)
    return schemaless_reader(io.BytesIO(out.getvalue()), parsed(writer), parsed(reader))


def assert_kept(got: Any, sent: Any, where: str) -> None:
    """What both sides know is the same; a side may know fields that the other does not."""
    if isinstance(sent, dict) and isinstance(got, dict):
        shared = set(sent) & set(got)
        assert shared or not sent, f"{where}: nothing in common"
        for name in shared:
            assert_kept(got[name], sent[name], f"{where}.{name}")
    elif isinstance(sent, list) and isinstance(got, list):
        assert len(got) == len(sent), where
        for number, (one, other) in enumerate(zip(got, sent, strict=True)):
            assert_kept(one, other, f"{where}[{number}]")
    else:
        assert got == sent, where


def test_there_is_a_release_and_each_has_its_bytes() -> None:
    assert SCHEMAS
    wanted = {f"{path.parent.name}/{path.stem}.{kind}.hex" for path in SCHEMAS for kind in KINDS}
    assert {str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*.hex")} == wanted


@pytest.mark.parametrize(("path", "kind"), CASES)
def test_a_release_has_not_changed_since(path: Path, kind: str) -> None:
    assert sample(path, kind)[2:10] == catalogue.rabin(as_declared(path))


@pytest.mark.parametrize(("path", "kind"), CASES)
def test_todays_reader_reads_a_releases_bytes(path: Path, kind: str) -> None:
    event = decode(path.stem, sample(path, kind))
    assert_kept(event, KINDS[kind](as_declared(path)), path.stem)


@pytest.mark.parametrize(("path", "kind"), CASES)
def test_a_releases_reader_reads_todays_bytes(path: Path, kind: str) -> None:
    today = catalogue.declared(path.stem)
    sent = KINDS[kind](today)
    assert_kept(read_by(as_declared(path), today, sent), sent, path.stem)


def changed(field: str, **changes: Any) -> AvroSchema:
    """LearnerMessage with one field changed; without `changes` it is left out."""
    schema = catalogue.declared("LearnerMessage")
    kept = [{**f, **changes} if f["name"] == field else f for f in schema["fields"] if changes or f["name"] != field]
    return {**schema, "fields": kept}


def added(**field: Any) -> AvroSchema:
    schema = catalogue.declared("LearnerMessage")
    return {**schema, "fields": [*schema["fields"], field]}


@pytest.mark.parametrize(
    "later",
    [
        added(name="mood", type="string", doc="No default."),
        changed("text"),
        changed("text", type="long"),
        changed("text", name="body"),
    ],
)
def test_these_comparisons_notice_a_change_that_breaks_someone(later: AvroSchema) -> None:
    now = catalogue.declared("LearnerMessage")
    with pytest.raises((SchemaResolutionError, AssertionError)):
        for writer, reader in ((now, later), (later, now)):
            sent = KINDS["full"](writer)
            assert_kept(read_by(reader, writer, sent), sent, "LearnerMessage")


@pytest.mark.parametrize(
    "later",
    [
        added(name="mood", type=["null", "string"], default=None, doc="With a default."),
        changed("language"),
        changed("text", doc="Put differently."),
    ],
)
def test_these_comparisons_let_a_compatible_change_pass(later: AvroSchema) -> None:
    now = catalogue.declared("LearnerMessage")
    for writer, reader in ((now, later), (later, now)):
        sent = KINDS["full"](writer)
        assert_kept(read_by(reader, writer, sent), sent, "LearnerMessage")

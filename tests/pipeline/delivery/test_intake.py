import orjson
import pytest

from pipeline.delivery import intake as intake_module
from pipeline.delivery.headers import ORIGIN, REROUTED
from pipeline.delivery.intake import Intake, header_map
from pipeline.delivery.record import NotNow, Refused
from pipeline.delivery.stage import Source
from pipeline.telemetry.meter import Counts, StageMeter
from schemas.catalogue import AvroSchema, UnknownSchemaError
from schemas.topics import ATTEMPTS
from tests.pipeline.delivery.records import attempt, partition_of, raw


class Lane:
    in_flight = 1

    def oldest(self) -> dict[tuple[str, int], int]:
        return {(ATTEMPTS.name, 0): 7}


async def test_who_waits_for_the_schema_registry_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "FIRST_PAUSE", 0.001)
    now = 0.0
    counts = Counts()
    meter = StageMeter("s", counts, Lane(), lambda: now)
    stuck: list[str | None] = []

    def registry(schema_id: int) -> AvroSchema:
        nonlocal now
        now += 100
        meter.look()
        stuck.append(meter.stuck(150))
        if len(stuck) < 5:
            raise NotNow("the schema registry does not answer")
        raise UnknownSchemaError("it knows no such schema")

    intake = Intake((Source(ATTEMPTS),), lambda *_: None, partition_of, registry, counts=counts)
    with pytest.raises(Refused):
        await intake.read(raw(attempt(), value=b"\x00\x00\x00\x00\x09rest"))
    assert stuck == [None] * 5


@pytest.mark.parametrize("name", [REROUTED, ORIGIN, "traceparent", "any"])
async def test_a_header_that_is_null_is_an_empty_one(name: str) -> None:
    headers = header_map([(name, None)])
    intake = Intake((Source(ATTEMPTS),), lambda *_: None, partition_of)
    record = await intake.read(raw(attempt(), headers=headers))
    assert record.headers == {name: b""}


async def test_a_json_event_without_an_id_stays_the_same_one_moved_and_sent_again() -> None:
    whole = attempt()
    event = {name: value for name, value in whole.items() if name != "event_id"}
    intake = Intake((Source(ATTEMPTS),), lambda *_: None, partition_of)

    async def id_of(offset: int, *headers: tuple[str, bytes]) -> str:
        read = await intake.read(raw(whole, offset, value=orjson.dumps(event), headers=headers))
        return str(read.event["event_id"])

    partition = raw(whole).partition
    first = await id_of(7)
    place = f"{partition}/7".encode()
    assert await id_of(8, (REROUTED, place)) == first
    assert await id_of(9, (ORIGIN, place)) == first
    # Moved after it was sent again.
    assert await id_of(10, (ORIGIN, place), (REROUTED, f"{partition}/9".encode())) == first
    assert await id_of(8) != first

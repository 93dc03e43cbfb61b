import pytest

from cli.kafka import producer
from cli.observe.refusals import Refusals
from cli.stack import settings_for
from pipeline.delivery.headers import dead_letter
from schemas.topics import MESSAGES

pytestmark = pytest.mark.kafka


def refuse(services: dict[str, str], offset: int) -> None:
    client = producer(settings_for(services))
    place = {"topic": MESSAGES.name, "partition": 5, "offset": offset}
    headers = dead_letter([], **place, stage="context", reason="text_empty", error="empty", attempt=1)  # type: ignore[arg-type]
    client.produce(MESSAGES.dlq, b"x", b"k", headers=headers)
    client.flush(10)


def test_what_was_refused_is_known_by_where_it_stood(services: dict[str, str]) -> None:
    places = {(MESSAGES.name, 5, 71_000_001): "first", (MESSAGES.name, 5, 71_000_002): "second"}
    refusals = Refusals(settings_for(services), (MESSAGES.name,), places)
    refuse(services, 71_000_001)
    assert refusals.ids() == {"first"}
    # Refused before it is known where it was sent to: the broker may be faster than its answer.
    refuse(services, 71_000_003)
    assert refusals.ids() == {"first"}
    places[MESSAGES.name, 5, 71_000_003] = "third"
    assert refusals.ids() == {"first", "third"}
    refusals.close()

import time

import pytest

from cli.exits import UNAVAILABLE, Failure
from cli.kafka import producer
from cli.observe.receipts import Receipt, Receipts, body_of, to_response
from cli.stack import settings_for
from config.settings import Settings
from local.ports import free_port
from schemas.codec import Event, encode
from schemas.topics import RESPONSES
from tests.cli.samples import sample


def event(**different: object) -> Event:
    base = {
        **sample("TutorResponse"),
        "source": "PROVIDER",
        "provider_ms": 200.0,
        "appended_at": 5_000_000,
        "tenant_id": "t",
        "learner_id": "ada",
    }
    return {**base, **different}


def receipt(received_at: int = 5_450_000, **different: object) -> Receipt:
    return Receipt(0, 0, b"t/ada", encode(RESPONSES.event, event(**different)), received_at)


def test_latency_is_append_to_receipt_less_the_providers_time() -> None:
    response = to_response(receipt())
    assert response is not None
    assert response.latency_ms == 250.0
    assert (response.learner, response.by_provider) == ("t/ada", True)


def test_what_was_appended_before_this_run_has_no_latency() -> None:
    response = to_response(receipt(), latency_after=5_000_001)
    assert response is not None
    assert response.latency_ms is None


@pytest.mark.parametrize("source", ["CACHE", "SAFE", "OFFLINE"])
def test_only_a_providers_reply_is_by_a_provider(source: str) -> None:
    response = to_response(receipt(source=source))
    assert response is not None
    assert not response.by_provider


def test_bytes_that_are_no_response_are_none() -> None:
    assert to_response(Receipt(0, 0, b"t/ada", b"\x00\x01", 1)) is None


@pytest.mark.parametrize("field", ["text", "provider", "model"])
def test_another_text_or_author_is_another_body(field: str) -> None:
    first, second = to_response(receipt()), to_response(receipt(5_450_000, **{field: "other"}))
    assert first is not None
    assert second is not None
    assert first.body != second.body
    assert body_of("a", "b", "c", "d") != body_of("ab", "", "c", "d")


@pytest.mark.kafka
def test_it_receives_its_tenants_from_the_first_offset_and_knows_when_it_has_all(
    services: dict[str, str], learner: str
) -> None:
    settings = settings_for(services)
    tenant = learner.split("/")[0]
    client = producer(settings)
    value = encode(RESPONSES.event, event())
    client.produce(RESPONSES.name, value, learner.encode())
    client.produce(RESPONSES.name, value, b"someone-else/bob")
    client.flush(10)
    with Receipts(settings, (tenant,)) as receipts:
        client.produce(RESPONSES.name, value, learner.encode())
        client.flush(10)
        deadline = time.monotonic() + 30
        while not receipts.caught_up() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert receipts.pending()
        taken = receipts.take()
    assert [receipt.key for receipt in taken] == [learner.encode()] * 2
    assert taken[0].offset < taken[1].offset
    assert receipts.take() == []


def test_a_broker_that_is_away_is_a_failure() -> None:
    settings = Settings(kafka_bootstrap=f"127.0.0.1:{free_port()}")
    with pytest.raises(Failure) as failed, Receipts(settings):
        pass
    assert failed.value.code == UNAVAILABLE

"""Announces this version's schemas on `masterx.schemas`, so that other versions can read what it writes."""

from confluent_kafka import KafkaException, Producer

from config.kafka import librdkafka
from config.schema_lookup import recorded
from config.settings import Settings
from schemas import announced
from schemas.topics import SCHEMAS

DELIVERY_SECONDS = 10.0
# The topic may have been made a moment ago, with a hundred others: a busy broker takes its time to lead them.
READ_SECONDS = 30.0


def announce_schemas(settings: Settings) -> int:
    """Write what is not there yet; how many schemas that was. Raises `KafkaException`."""
    there = recorded(settings, READ_SECONDS)
    missing = {mark: value for mark, value in announced.ours().items() if there.get(mark) != value}
    if not missing:
        return 0
    failed: list[KafkaException] = []
    options = {"enable.idempotence": True, "message.timeout.ms": round(DELIVERY_SECONDS * 1000)}
    producer = Producer({**librdkafka(settings), **options})
    for mark, value in missing.items():
        producer.produce(
            SCHEMAS.name,
            key=mark,
            value=value,
            partition=0,
            on_delivery=lambda error, _message: failed.append(KafkaException(error)) if error else None,
        )
    producer.flush()
    if failed:
        raise failed[0]
    return len(missing)

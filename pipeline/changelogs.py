"""The changelog topics of an app's tables, made before the app starts.

Faust makes them too, but only as its tables start: a subscription that comes before the broker's metadata has them
leaves them out, and the app then waits for partitions that nobody assigns.
"""

import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from config.kafka import librdkafka
from config.settings import Settings
from pipeline.stale_table import DELETIONS_STAY_SECONDS

TIMEOUT_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.1


def name(app: str, table: str) -> str:
    """The changelog of `table`, as Faust calls it."""
    return f"{app}-{table}-changelog"


def ensure(settings: Settings, names: Sequence[str], partitions: int) -> None:
    """Make what is missing and return once the broker's metadata has all of it. The pocket broker makes its own.

    Raises `KafkaException`, and `TimeoutError` after 30 s.
    """
    if settings.broker == "pocket" or not names:
        return
    admin = AdminClient(librdkafka(settings))
    # Compacted and without time retention: a learner who comes back after a year finds everything.
    config = {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.2",
        "delete.retention.ms": str(DELETIONS_STAY_SECONDS * 1000),
    }
    wanted = [
        NewTopic(topic, num_partitions=partitions, replication_factor=settings.replication_factor, config=config)
        for topic in names
    ]
    for made in admin.create_topics(wanted, request_timeout=TIMEOUT_SECONDS).values():
        try:
            made.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while set(names) - set(admin.list_topics(timeout=TIMEOUT_SECONDS).topics):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the broker did not show {', '.join(names)} within {TIMEOUT_SECONDS:.0f} s")
        time.sleep(LOOK_EVERY_SECONDS)

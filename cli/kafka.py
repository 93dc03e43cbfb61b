"""Kafka clients of the commands: producers that partition as every other client does, and readers without a group."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.exits import BAD_SETTING, NO_INPUT, UNAVAILABLE, Failure
from config import kafka_log
from config.kafka_log import Span, watermarks

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, Producer

    from config.settings import Settings
    from schemas.codec import Event
    from schemas.topics import Topic

ANSWER_SECONDS = kafka_log.ANSWER_SECONDS


def _options(settings: "Settings") -> dict[str, Any]:
    from config.kafka import librdkafka

    return {**librdkafka(settings), "client.id": "masterx-cli"}


def producer(settings: "Settings", **more: Any) -> "Producer":
    """A producer that puts a key where Java's client and aiokafka put it (murmur2; librdkafka's own is CRC-32)."""
    from confluent_kafka import Producer

    require_broker(settings)
    options = {
        "partitioner": "murmur2_random",
        "linger.ms": 5,
        "enable.idempotence": True,
        "queue.buffering.max.messages": 200_000,
        "message.timeout.ms": 30_000,
    }
    return Producer({**_options(settings), **options, **more})


def event_headers(topic: "Topic", event: "Event", source: str) -> list[tuple[str, bytes]]:
    """CloudEvents headers of an event that enters here, with a trace of its own that its id names."""
    from pipeline.delivery.headers import TRACE, cloud_event

    trace = event["event_id"].replace("-", "").lower()
    return cloud_event(topic, event, source, {TRACE: f"00-{trace}-{trace[:16]}-01".encode()})


def reader(settings: "Settings", **more: Any) -> "Consumer":
    """A consumer to be assigned by hand: it joins no group and commits nothing.

    What it reads may be of another version of the program: from here on, decoders know what those announced.
    """
    from confluent_kafka import Consumer

    from config import schema_lookup

    require_broker(settings)
    schema_lookup.install(settings)
    options = {
        "group.id": "masterx-cli",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "fetch.wait.max.ms": 20,
        "enable.partition.eof": False,
        # A partition that is empty now is fetched again at once, not half a second later.
        "fetch.queue.backoff.ms": 5,
    }
    return Consumer({**_options(settings), **options, **more})


def reach(client: Any, settings: "Settings", seconds: float = ANSWER_SECONDS) -> Mapping[str, int]:
    """Partition count by topic, or a `Failure` when no broker answers within `seconds`."""
    from confluent_kafka import KafkaException

    try:
        known = client.list_topics(timeout=seconds).topics
    except KafkaException as error:
        raise unreachable(settings) from error
    return {name: len(topic.partitions) for name, topic in known.items()}


def require_broker(settings: "Settings") -> None:
    """Raise `Failure` when nothing listens at any of the bootstrap addresses, or it does not let this user in.

    librdkafka would try again and again until its time-out; a refused connection is known at once.
    """
    import socket

    from cli.handshake import require_login, require_plaintext

    plaintext = settings.kafka_security_protocol == "PLAINTEXT"

    for server in settings.kafka_bootstrap.split(","):
        host, colon, port = server.strip().rpartition(":")
        if not colon or not port.isdecimal():
            raise Failure(BAD_SETTING, f"MASTERX_KAFKA_BOOTSTRAP is no HOST:PORT: {server!r}")
        try:
            connection = socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS)
        except (OSError, OverflowError):
            continue
        with connection:
            if plaintext and settings.broker != "pocket":
                require_plaintext(settings, connection)
        if not plaintext:
            require_login(settings, unreachable)
        return
    raise unreachable(settings)


def partition_count(client: Any, settings: "Settings", topic: str, seconds: float = ANSWER_SECONDS) -> int:
    """How many partitions `topic` has. Raises `Failure` when it, or the broker, is not there.

    The pocket broker makes a topic when it is asked for by name.
    """
    from confluent_kafka import KafkaException

    try:
        found = client.list_topics(topic, timeout=seconds).topics[topic]
    except KafkaException as error:
        raise unreachable(settings) from error
    if found.error is not None or not found.partitions:
        raise Failure(
            NO_INPUT, f"there is no topic {topic} at {settings.kafka_bootstrap}: 'masterx topics create' makes it"
        )
    return len(found.partitions)


def unreachable(settings: "Settings") -> Failure:
    """The line for a broker that does not answer."""
    return Failure(
        UNAVAILABLE,
        f"Kafka does not answer at {settings.kafka_bootstrap}: 'masterx up' starts a local one, "
        "MASTERX_KAFKA_BOOTSTRAP names another",
    )


def spans(consumer: "Consumer", topics: Sequence[str], known: Mapping[str, int]) -> list[Span]:
    """What each partition of `topics` holds now; topics that do not exist hold nothing."""
    found = []
    for name in topics:
        for partition in range(known.get(name, 0)):
            low, high = watermarks(consumer, name, partition)
            found.append(Span(name, partition, low, high))
    return found


def read_through(consumer: "Consumer", held: Sequence[Span], seconds: float = ANSWER_SECONDS) -> Iterator["Message"]:
    """Every record of `held`, and no later ones. Raises `Failure` when the broker is silent for `seconds`."""
    from confluent_kafka import KafkaException

    try:
        yield from kafka_log.read_through(consumer, held, seconds)
    except KafkaException as error:
        raise Failure(UNAVAILABLE, f"Kafka: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise Failure(UNAVAILABLE, str(error)) from error


def origin_of(message: "Message") -> tuple[str, int, int] | None:
    """Topic, partition and offset of the record that a dead letter was; None where its headers do not say."""
    found = headers_of(message)
    try:
        return found["dlq_topic"].decode(), int(found["dlq_partition"]), int(found["dlq_offset"])
    except (KeyError, ValueError):
        return None


def headers_of(message: "Message") -> dict[str, bytes]:
    """The headers by name; of one that is there twice, the last."""
    return {name: value or b"" for name, value in message.headers() or ()}

"""`masterx tail [TOPIC...]`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import NO_INPUT, Failure
from cli.names import topic_or_dlq
from cli.screen import note, out

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

    from config.kafka_log import Span
    from config.settings import Settings
    from schemas.codec import Event
    from schemas.topics import Topic


def tail(
    topics: Annotated[
        list[str] | None, typer.Argument(help="messages, responses, messages.DLQ …; all unless given.")
    ] = None,
    learner: Annotated[str | None, typer.Option(metavar="[TENANT/]LEARNER", help="Only this learner's.")] = None,
    message: Annotated[str | None, typer.Option(metavar="ID", help="Only what belongs to this message.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="From the oldest record that is kept.")] = False,
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after N events.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Whole events, one JSON object a line.")] = False,
) -> None:
    """Print events of any topic as they come, one a line."""
    from cli.kafka import reach, reader, spans
    from config.settings import settings
    from schemas.topics import ALL

    chosen = settings()
    wanted = [topic_or_dlq(name) for name in topics or ()] or [(topic, False) for topic in ALL]
    by_name = {(topic.dlq if dead else topic.name): topic for topic, dead in wanted}
    consumer = reader(chosen)
    try:
        held = spans(consumer, list(by_name), _known(consumer, chosen, by_name, reach(consumer, chosen)))
        if not held:
            raise Failure(
                NO_INPUT, f"no topic {' or '.join(by_name)} at {chosen.kafka_bootstrap}: 'masterx topics create'"
            )
        found = 0
        for record in _records(consumer, held, from_start=from_start or not follow, follow=follow):
            line = _line(record, by_name[record.topic() or ""], learner, message, json=json)
            if line is None:
                continue
            out(line)
            found += 1
            if found == limit:
                return
        if not found:
            note("nothing there that fits")
    finally:
        consumer.close()


def _known(consumer: "Consumer", settings: "Settings", by_name: "dict[str, Topic]", known: "Any") -> dict[str, int]:
    from cli.kafka import partition_count

    if settings.broker != "pocket":
        return dict(known)
    # The pocket broker makes a topic when it is asked for by name.
    return {name: partition_count(consumer, settings, name) for name in by_name}


def _records(consumer: "Consumer", held: "Sequence[Span]", *, from_start: bool, follow: bool) -> "Iterator[Message]":
    from confluent_kafka import TopicPartition

    from cli.kafka import read_through

    if not follow:
        # By time, as a reader expects; partitions are read one after another.
        yield from sorted(read_through(consumer, held), key=lambda record: record.timestamp()[1])
        return
    consumer.assign([TopicPartition(s.topic, s.partition, s.low if from_start else s.high) for s in held])
    while True:
        for record in consumer.consume(num_messages=500, timeout=0.2):
            if record.error() is None:
                yield record


def _line(record: "Message", topic: "Topic", learner: str | None, message: str | None, *, json: bool) -> str | None:
    """The line for a record; None where it is not asked for."""
    from cli.events import as_json, decoded, summary

    key = (record.key() or b"").decode("utf-8", "replace")
    if learner is not None and key != learner and not ("/" not in learner and key.endswith(f"/{learner}")):
        return None
    event, problem = decoded(topic, record)
    if message is not None and not _belongs(event, message):
        return None
    return as_json(record, event, problem) if json else summary(record, topic, event, problem)


def _belongs(event: "Event | None", message: str) -> bool:
    return event is not None and message in (event.get("message_id"), event.get("event_id"), event.get("caused_by"))

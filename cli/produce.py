"""`masterx produce TOPIC`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.assignments import assignments
from cli.exits import BAD_INPUT, BAD_RESULT, UNAVAILABLE, Failure
from cli.finite import finite
from cli.names import topic_named
from cli.screen import note, out

if TYPE_CHECKING:
    from config.settings import Settings
    from schemas.codec import Event
    from schemas.topics import Topic

FLUSH_SECONDS = 10.0
SOURCE = "produce"


def produce(
    topic: Annotated[str, typer.Argument(help="messages, attempts, feedback, signals or erasures.")],
    learner: Annotated[
        str | None, typer.Option(metavar="[TENANT/]LEARNER", help="Who; the tenant is demo unless given.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What the learner wrote.")] = None,
    concept: Annotated[str | None, typer.Option(help="The concept an attempt practised.")] = None,
    item: Annotated[str | None, typer.Option(help="The item an attempt was at.")] = None,
    correct: Annotated[bool | None, typer.Option("--correct/--wrong", help="Whether an attempt was right.")] = None,
    message: Annotated[str | None, typer.Option(metavar="ID", help="The message it belongs to.")] = None,
    kind: Annotated[str | None, typer.Option(help="What feedback or a signal says, such as HELPFUL.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Any other field; the value is JSON or text."),
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(
            min=0, max=86_400, callback=finite, metavar="SECONDS", help="Wait for the reply to a message and print it."
        ),
    ] = None,
) -> None:
    """Produce one event, from options or from JSON on standard input; print where it came to stand.

    Options win over fields of the JSON. What the pipeline would refuse is not produced: exit code 65. Without a reply
    in time the exit code is 1.
    """
    import json

    from config.settings import settings

    chosen = settings()
    target = topic_named(topic, from_apps=True)
    given = {
        **_from_stdin(),
        **_learner(learner),
        **{
            name: value
            for name, value in (
                ("text", text),
                ("concept_id", concept),
                ("item_id", item),
                ("correct", correct),
                ("message_id", message),
                ("kind", kind),
            )
            if value is not None
        },
        **assignments(field),
    }
    event = _event(target, given)
    _require_valid(chosen, target, event)
    placed = _send(chosen, target, event)
    out(json.dumps(placed))
    if wait is not None and target.event == "LearnerMessage":
        _print_reply(chosen, event, wait)


def _from_stdin() -> dict[str, Any]:
    import orjson

    raw = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    if not raw.strip():
        return {}
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Failure(BAD_INPUT, f"standard input is not one JSON object: {error}") from error
    if not isinstance(given, dict):
        raise Failure(BAD_INPUT, "standard input is not one JSON object: put the event's fields into {…}")
    return given


def _learner(name: str | None) -> dict[str, str]:
    if name is None:
        return {}
    tenant, slash, learner = name.partition("/")
    return {"tenant_id": tenant, "learner_id": learner} if slash else {"tenant_id": "demo", "learner_id": name}


def _event(target: "Topic", given: dict[str, Any]) -> "Event":
    """The whole event, as a worker would read it from JSON."""
    from schemas.codec import DecodeError, from_fields

    try:
        return from_fields(target.event, given)
    except DecodeError as error:
        raise Failure(BAD_INPUT, f"no event for {target.name}: {error}; give it as an option or with --set") from error


def _require_valid(settings: "Settings", target: "Topic", event: "Event") -> None:
    from cli.apps import check
    from pipeline.delivery.record import Refused

    try:
        # Without a broker's time, by this machine's clock.
        check(settings)(target.event, event, 0)
    except Refused as refused:
        raise Failure(BAD_INPUT, f"the pipeline would refuse it ({refused.reason}): {refused}") from refused


def _send(settings: "Settings", target: "Topic", event: "Event") -> dict[str, Any]:
    from confluent_kafka import KafkaException

    from cli.kafka import event_headers, partition_count, producer
    from schemas.codec import encode
    from schemas.ids import learner_key

    headers = event_headers(target, event, SOURCE)
    client = producer(settings, **{"linger.ms": 0, "message.timeout.ms": int(FLUSH_SECONDS * 1000)})
    partition_count(client, settings, target.name)
    placed: dict[str, Any] = {}

    def delivered(error: Any, message: Any) -> None:
        if error is not None:
            placed["error"] = error
        else:
            placed.update(topic=message.topic(), partition=message.partition(), offset=message.offset())

    key = learner_key(event["tenant_id"], event["learner_id"])
    client.produce(
        target.name,
        encode(target.event, event),
        key,
        headers=headers,
        on_delivery=delivered,
    )
    client.flush(FLUSH_SECONDS)
    if "topic" not in placed:
        if "error" in placed:
            raise KafkaException(placed["error"])
        why = f"no answer for {FLUSH_SECONDS:.0f} s"
        raise Failure(UNAVAILABLE, f"Kafka at {settings.kafka_bootstrap} did not take the event: {why}")
    ids = {name: event[name] for name in ("event_id", "message_id") if event.get(name)}
    return {**placed, **ids}


def _print_reply(settings: "Settings", event: "Event", seconds: float) -> None:
    import time

    from cli.observe.receipts import Receipts
    from schemas.codec import decode
    from schemas.topics import RESPONSES

    deadline = time.monotonic() + seconds
    with Receipts(settings, (event["tenant_id"],)) as receipts:
        while time.monotonic() < deadline:
            for receipt in receipts.take():
                reply = decode(RESPONSES.event, receipt.value)
                if reply["message_id"] == event["message_id"]:
                    out(reply["text"])
                    return
            time.sleep(0.02)
    note(f"no reply within {seconds:g} s: is 'masterx worker core' and 'masterx worker routing' running?")
    raise typer.Exit(BAD_RESULT)

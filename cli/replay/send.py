"""Sends recorded events, each to its topic, under its learner's key."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cli.exits import UNAVAILABLE, Failure
from cli.kafka import event_headers, producer, reach
from cli.replay.pace import Speed, due
from cli.replay.recorded import Recorded
from cli.verify import Sent
from schemas.codec import encode

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

    from config.settings import Settings

FLUSH_SECONDS = 60.0
SOURCE = "replay"


def as_sent(recorded: Recorded) -> Sent:
    """What the checker has to know of the event."""
    event = recorded.event
    learner = recorded.key.decode()
    if recorded.topic.event == "LearnerMessage":
        return Sent("message", event["message_id"], learner)
    return Sent("attempt", event["event_id"], learner)


def send(
    settings: "Settings",
    events: Sequence[Recorded],
    speed: Speed,
    places: dict[tuple[str, int, int], str],
    *,
    room: Callable[[int], bool] | None = None,
) -> None:
    """Produce `events` in order and at `speed`, until the broker has all; `places` says where each came to stand.

    `room(n)` says whether event number `n` may be sent yet. Raises `Failure` when the broker does not take one.
    """
    failed: list[str] = []

    def delivered(id_: str) -> "Callable[[KafkaError | None, Message], None]":
        def note(error: "KafkaError | None", message: "Message") -> None:
            if error is not None:
                failed.append(error.str())
                return
            places[message.topic() or "", message.partition() or 0, message.offset() or 0] = id_

        return note

    client = producer(settings)
    # To connect takes half a second: what is due meanwhile would come as one burst.
    reach(client, settings)
    started = time.monotonic()
    for number, (recorded, second) in enumerate(zip(events, due(events, speed), strict=True)):
        while (wait := started + second - time.monotonic()) > 0:
            client.poll(min(wait, 0.1))
        while room is not None and not room(number):
            client.poll(0.02)
        _produce(client, recorded, delivered(as_sent(recorded).id))
        if failed:
            break
    left = client.flush(FLUSH_SECONDS)
    if failed or left:
        why = failed[0] if failed else f"no answer for {FLUSH_SECONDS:.0f} s"
        raise Failure(UNAVAILABLE, f"Kafka at {settings.kafka_bootstrap} did not take {max(left, 1)} events: {why}")


def _produce(client: "Producer", recorded: Recorded, delivered: "Callable[..., None]") -> None:
    value = encode(recorded.topic.event, recorded.event)
    headers = event_headers(recorded.topic, recorded.event, SOURCE)
    while True:
        try:
            client.produce(recorded.topic.name, value, recorded.key, headers=headers, on_delivery=delivered)
        except BufferError:
            client.poll(0.05)
        else:
            client.poll(0)
            return

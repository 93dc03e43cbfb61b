"""Sends dead letters again, as they were or mended, and marks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.dlq.letters import REPLAYED_AS, REPLAYED_AT, REPLAYS, Letter
from cli.exits import UNAVAILABLE, Failure
from pipeline.delivery.headers import ORIGIN

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

    from config.settings import Settings

FLUSH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Again:
    """A letter and the bytes that are sent in its place: its own, or mended ones."""

    letter: Letter
    key: bytes | None
    value: bytes | None

    @classmethod
    def untouched(cls, letter: Letter) -> "Again":
        """The letter's own bytes."""
        return cls(letter, letter.key, letter.value)


def resend(settings: "Settings", letters: Sequence[Again]) -> list[str]:
    """Produce each to the topic that it came from; where each stands now, `topic/partition/offset`.

    Raises `Failure` when the broker does not take one; those before it are sent and marked.
    """
    from cli.kafka import producer, reach

    client = producer(settings)
    reach(client, settings)
    places = []
    for again in letters:
        letter = again.letter
        place = _send(settings, client, letter.topic.name, again, _own(letter))
        moment = datetime.now(UTC).isoformat(timespec="seconds").encode()
        mark = [*letter.headers.items(), (REPLAYED_AS, place.encode()), (REPLAYED_AT, moment)]
        # Marked only once it is sent: after a crash in between it would be offered again, and its id passed over.
        _send(settings, client, letter.topic.dlq, Again.untouched(letter), mark)
        letter.replayed_as.append(place)
        places.append(place)
    return places


def _own(letter: Letter) -> list[tuple[str, bytes]]:
    """The record's own headers, and where it stood first: what its id was derived from is what it is again."""
    own = {name: value for name, value in letter.headers.items() if not name.startswith("dlq_")}
    own[ORIGIN] = letter.first.place.removeprefix(f"{letter.topic.name}/").encode()
    return [*own.items(), (REPLAYS, str(letter.replays + 1).encode())]


def _send(settings: "Settings", client: "Producer", topic: str, again: Again, headers: list[tuple[str, bytes]]) -> str:
    placed: list[str] = []
    failed: list[str] = []

    def delivered(error: "KafkaError | None", message: "Message") -> None:
        if error is not None:
            failed.append(error.str())
        else:
            placed.append(f"{message.topic()}/{message.partition()}/{message.offset()}")

    client.produce(topic, again.value, again.key, headers=headers, on_delivery=delivered)
    client.flush(FLUSH_SECONDS)
    if not placed:
        why = failed[0] if failed else f"no answer for {FLUSH_SECONDS:.0f} s"
        raise Failure(UNAVAILABLE, f"Kafka at {settings.kafka_bootstrap} did not take {again.letter.address}: {why}")
    return placed[0]

"""How fast recorded events are sent."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.replay.recorded import MICROS, Recorded

PATTERN = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>x|/s)?")


@dataclass(frozen=True, slots=True)
class Speed:
    """`factor` times as fast as recorded, or `rate` events a second; neither: as fast as can be."""

    factor: float | None = None
    rate: float | None = None


def parse(text: str) -> Speed:
    """`full`, `60` or `60x` (times as fast as recorded), `100/s` (events a second). Raises `ValueError`."""
    if text == "full":
        return Speed()
    match = PATTERN.fullmatch(text)
    number = float(match["number"]) if match else 0.0
    if match is None or number == 0:
        raise ValueError(f"{text!r} is no speed: full, 60x (times as fast as recorded) or 100/s (events a second)")
    return Speed(rate=number) if match["unit"] == "/s" else Speed(factor=number)


def due(events: Sequence[Recorded], speed: Speed) -> Iterator[float]:
    """For each event the seconds after the first at which it is to be sent."""
    if speed.rate is not None:
        yield from (index / speed.rate for index in range(len(events)))
    elif speed.factor is not None and events:
        first = int(events[0].event["sent_at"])
        yield from ((int(r.event["sent_at"]) - first) / MICROS / speed.factor for r in events)
    else:
        yield from (0.0 for _ in events)

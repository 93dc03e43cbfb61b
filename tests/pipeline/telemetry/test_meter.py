"""How long a partition has been held back, with a clock of the test's own."""

from dataclasses import dataclass, field

from pipeline.telemetry.meter import Counts, StageMeter


@dataclass
class Place:
    """A lane whose oldest records are set by hand, and the clock."""

    now: float = 0.0
    held: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        return len(self.held)

    def oldest(self) -> dict[tuple[str, int], int]:
        return self.held


def meter_of(place: Place) -> StageMeter:
    return StageMeter("count", Counts(), place, lambda: place.now)


def test_a_record_that_stays_the_oldest_is_stuck_and_one_that_moves_is_not() -> None:
    place = Place(held={("a", 0): 7, ("a", 1): 3})
    meter = meter_of(place)
    for second in range(11):
        place.now = second
        place.held["a", 1] += 1
        meter.look()
    assert meter.oldest_seconds() == 10
    assert meter.stuck(10) == "a/0@7"
    assert meter.stuck(10.5) is None


def test_a_stage_that_tries_again_waits_and_is_not_stuck() -> None:
    place = Place(held={("a", 0): 7})
    meter = meter_of(place)
    for second in range(11):
        place.now = second
        meter.counts.retries += 1
        meter.look()
    assert meter.oldest_seconds() == 10
    assert meter.stuck(1) is None


def test_partitions_that_were_given_back_are_forgotten() -> None:
    place = Place(held={("a", 0): 7})
    meter = meter_of(place)
    meter.look()
    place.now = 10
    assert meter.stuck(5) == "a/0@7"
    meter.forget()
    assert meter.stuck(5) is None
    assert meter.oldest_seconds() == 0


def test_latency_is_summed_over_the_records_done() -> None:
    counts = Counts()
    counts.finish(0)
    assert counts.done == 1
    assert counts.latency_micros > 0

"""A worker's metrics, read when Prometheus asks and not before."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from pipeline.telemetry import metrics
from pipeline.telemetry.lag import Position
from pipeline.telemetry.memory import resident_bytes
from pipeline.telemetry.meter import StageMeter
from pipeline.telemetry.metrics import Metric

READ: dict[Metric, Callable[[StageMeter], float]] = {
    metrics.RECORDS_IN: lambda meter: meter.counts.taken,
    metrics.RECORDS_DONE: lambda meter: meter.counts.done,
    metrics.RECORDS_OUT: lambda meter: meter.counts.produced,
    metrics.REFUSED: lambda meter: meter.counts.refused,
    metrics.RETRIES: lambda meter: meter.counts.retries,
    metrics.LATENCY: lambda meter: meter.counts.latency_micros / 1_000_000,
    metrics.IN_FLIGHT: lambda meter: meter.in_flight,
    metrics.OLDEST: lambda meter: meter.oldest_seconds(),
}


def family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    """An empty family for `metric`."""
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return kind(metric.name, metric.meaning, labels=metric.labels)


class WorkerCollector:
    """Reads the meters and the last look at the broker."""

    def __init__(
        self,
        group: str,
        meters: Sequence[StageMeter],
        positions: Callable[[], Mapping[tuple[str, int], Position]],
        clock_ahead: Callable[[], float],
    ) -> None:
        """`positions` are those of `group`; `clock_ahead` gives the seconds by which the broker's clock is ahead."""
        self._group = group
        self._clock_ahead = clock_ahead
        self._meters = meters
        self._positions = positions

    def collect(self) -> Iterator[Family]:
        """See prometheus_client."""
        for metric in metrics.STAGES:
            of_stage = family(metric)
            for meter in self._meters:
                of_stage.add_metric([meter.name], READ[metric](meter))
            yield of_stage
        committed, lag = family(metrics.COMMITTED), family(metrics.LAG)
        memory, clock = family(metrics.MEMORY), family(metrics.BROKER_CLOCK)
        for (topic, partition), position in sorted(self._positions().items()):
            # Several groups read most topics: a sum over them would hide that one of them stands still.
            labels = [self._group, topic, str(partition)]
            if position.committed is not None:
                committed.add_metric(labels, position.committed)
            lag.add_metric(labels, position.lag)
        memory.add_metric([], resident_bytes())
        clock.add_metric([], self._clock_ahead())
        yield committed
        yield lag
        yield memory
        yield clock

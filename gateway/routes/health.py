"""`/livez`, `/readyz`, `/metrics`."""

from collections.abc import Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.json import json_response
from gateway.parts import Parts
from gateway.refusal import forbidden
from gateway.routes.common import known, parts_of


async def livez(request: Request) -> Response:
    """Whether this process answers; 503 where it has to be started again."""
    ended = parts_of(request).feed.ended
    text, status = ("start it again: see its log\n", 503) if ended else ("ok\n", 200)
    return PlainTextResponse(text, status, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """How the parts behind it are, from looks in the background; 503 where one that is needed is away."""
    report = parts_of(request).health.report()
    return json_response(report, 200 if report["ready"] else 503)


async def metrics(request: Request) -> Response:
    """Counters for Prometheus, of all tenants together; for admins, unless only this machine can ask."""
    if not request.app.state.loopback and known(request).role != "admin":
        raise forbidden("this is for admins")
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class GatewayCollector:
    """The gateway's own counters, read when asked for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        parts = self._parts
        yield GaugeMetricFamily("masterx_gateway_streams", "Streams open", parts.hub.open)
        yield GaugeMetricFamily("masterx_gateway_in_flight", "Events that wait for Kafka", parts.outbox.in_flight)
        counted: Mapping[str, tuple[str, Mapping[str, int]]] = {
            "masterx_gateway_events": ("Posted events by what became of them", parts.outbox.counts),
            "masterx_gateway_frames": ("Frames by kind, and streams dropped", parts.hub.counts),
            "masterx_gateway_records": ("Records read and not shown", parts.intake.counts),
            "masterx_gateway_tokens": ("Troubles with Redis", parts.listener.counts),
            "masterx_gateway_limited": ("Requests over a limit, and losses of Redis", parts.limits.counts),
        }
        for name, (help_text, counts) in counted.items():
            family = CounterMetricFamily(name, help_text, labels=["what"])
            for what, count in sorted(counts.items()):
                family.add_metric([what], count)
            yield family
        up = GaugeMetricFamily("masterx_gateway_part_up", "Whether a part answers", labels=["part"])
        seconds = GaugeMetricFamily("masterx_gateway_part_seconds", "Time it took to answer", labels=["part"])
        for name, part in parts.health.report()["parts"].items():
            up.add_metric([name], part["ok"])
            if part["latency_ms"] is not None:
                seconds.add_metric([name], part["latency_ms"] / 1000)
        yield up
        yield seconds


def registry_of(parts: Parts) -> CollectorRegistry:
    """What `/metrics` shows."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(parts))
    ProcessCollector(registry=registry)
    return registry

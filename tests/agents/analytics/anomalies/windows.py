"""Final one-minute windows as the analytics stage closes them."""

from agents.analytics.measures import Measure
from agents.analytics.window import Window, WindowId
from schemas.codec import Event

MINUTE = 60_000_000
START = 1_700_000_040_000_000


def window(
    minute: int,
    kind: str,
    dimension: str,
    counts: dict[str, int],
    *,
    tenant: str = "north",
    ms: tuple[float, ...] = (),
    partition: int = 0,
    final: bool = True,
) -> Event:
    made = Window(WindowId(tenant, kind, dimension, 60, START + minute * MINUTE))
    made.add("topic", 1, Measure(kind, dimension, counts))
    for place, figure in enumerate(ms):
        made.add("topic", 2 + place, Measure(kind, dimension, {}, figures={"provider_ms": figure}))
    return made.aggregate(partition, final=final)


def calls(minute: int, provider: str, n: int, failed: int, tenant: str = "north", partition: int = 0) -> Event:
    counts = {"calls": n, "calls_ok": n - failed, "calls_error": failed}
    return window(minute, "provider", provider, counts, tenant=tenant, partition=partition)

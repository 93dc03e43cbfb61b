"""What a final one-minute Aggregate says of each watched metric."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from agents.analytics import quantiles
from agents.analytics.measures import ITEM, OTHERS
from schemas.codec import Event

ERRORS, LATENCY, WRONG = "errors", "latency", "wrong_answers"
WRONG_ON_ITEM = "wrong_on_item"
CHARTED = ("provider", "version", "concept")
WATCHED = (*CHARTED, ITEM)
WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Share:
    """`n` cases of one metric in one minute, `total` of what is watched among them (failed calls, wrong answers, logs
    of milliseconds) and `squares`, of the same squared. `values` says which dimensions it belongs to; `tenant` whose
    they are alone, "" where they are the whole system's."""

    metric: str
    values: tuple[tuple[str, str], ...]
    n: float
    total: float
    squares: float
    tenant: str = ""


def shares(window: Event) -> Iterator[Share]:
    """The shares of a final one-minute Aggregate; none of another one, nor of what is no one dimension's."""
    if window["window_s"] != WINDOW_S or not window["final"] or window["kind"] not in CHARTED:
        return
    if window["dimension"] == OTHERS:
        return
    kind, counts = window["kind"], window["counts"]
    own = (kind, window["dimension"])
    # Calls are counted by provider and by version of the prompt: the tenant's are taken from one of the two.
    values = (own,) if kind == "version" else (own, ("tenant", window["tenant_id"]))
    if kind == "concept":
        # How a tenant's learners do is no anomaly of the system: it changes with who is there and what they begin.
        # Concepts of two tenants with one id are two.
        values = (own,)
        attempts = counts.get("attempts", 0)
        if attempts:
            wrong = float(attempts - counts.get("correct", 0))
            yield Share(WRONG, values, float(attempts), wrong, wrong, window["tenant_id"])
        return
    # Workers of before counted what was not called among the calls.
    calls = counts.get("calls", 0) - counts.get("calls_open", 0) - counts.get("calls_skipped", 0)
    if calls > 0:
        failed = float(calls - counts.get("calls_ok", 0))
        yield Share(ERRORS, values, float(calls), failed, failed)
    sketch = window["sketches"].get("provider_ms")
    if sketch is not None:
        n = total = squares = 0.0
        for index, count in quantiles.loads(sketch).items():
            # The middle of the bucket, within 2 % of what was counted.
            middle = log(2.0 / (quantiles.GAMMA + 1.0)) + index * quantiles.LOG_GAMMA
            n += count
            total += count * middle
            squares += count * middle * middle
        yield Share(LATENCY, values, n, total, squares)

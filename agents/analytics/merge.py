"""Partial aggregates of several partitions made one."""

from collections.abc import Sequence

from agents.analytics import distinct, quantiles
from schemas.codec import Event
from schemas.ids import derived

MERGED = -1
NAMES = ("learners",)


def merge(parts: Sequence[Event]) -> Event:
    """The Aggregate of one window over its partials, the newest of each partition, in any order.

    It is final when all of them are. Raises `ValueError` for parts of different windows, of one partition twice, or
    for none.
    """
    if not parts:
        raise ValueError("there is nothing to merge")
    identities = {
        (part["tenant_id"], part["kind"], part["dimension"], part["window_s"], part["window_start"]) for part in parts
    }
    if len(identities) > 1:
        raise ValueError(f"these are {len(identities)} different windows, and only one can be merged")
    partitions = [part["source_partition"] for part in parts]
    if len(set(partitions)) < len(partitions):
        raise ValueError("a partition is there twice; take the newest revision of each")
    (identity,) = identities
    tenant_id, kind, dimension, seconds, start = identity
    revision = sum(part["revision"] for part in parts)
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    for part in sorted(parts, key=lambda part: part["source_partition"]):
        for name, count in part["counts"].items():
            counts[name] = counts.get(name, 0) + count
        for name, total in part["sums"].items():
            sums[name] = sums.get(name, 0) + round(total * 1_000_000_000)
    final = all(part["final"] for part in parts)
    cause = "/".join(("aggregate", str(tenant_id), kind, dimension, str(seconds), str(start)))
    return {
        "event_id": derived(cause, "analytics", str(MERGED), "final" if final else str(revision)),
        "tenant_id": tenant_id,
        "kind": kind,
        "dimension": dimension,
        "window_start": start,
        "window_s": seconds,
        "final": final,
        "revision": revision,
        "source_partition": MERGED,
        "counts": dict(sorted(counts.items())),
        "sums": {name: total / 1_000_000_000 for name, total in sorted(sums.items())},
        "sketches": _sketches(parts),
        "late": sum(part["late"] for part in parts),
    }


def _sketches(parts: Sequence[Event]) -> dict[str, bytes]:
    names = sorted({name for part in parts for name in part["sketches"]})
    merged = {}
    for name in names:
        kept = [part["sketches"][name] for part in parts if name in part["sketches"]]
        if name in NAMES:
            merged[name] = distinct.dumps(distinct.merged(map(distinct.loads, kept)))
        else:
            merged[name] = quantiles.dumps(quantiles.merged(map(quantiles.loads, kept)))
    return merged

"""Load of partitions and workers, from how much each learner does."""

from collections.abc import Mapping, Sequence

from pipeline.balance import balanced
from pipeline.partitioner import partitioner
from schemas.ids import learner_key

TENANT = "school"


def by_partition(activity: Mapping[str, float], partitions: int) -> list[float]:
    """What falls on each partition, by the pipeline's own key and partitioner."""
    partition_of = partitioner(partitions)
    loads = [0.0] * partitions
    for learner, done in activity.items():
        loads[partition_of(learner_key(TENANT, learner))] += done
    return loads


def share_of_ideal(loads: Sequence[float]) -> float:
    """Mean over most: 1 where all are equal. It is the throughput that is left when the fullest one is full."""
    return sum(loads) / len(loads) / max(loads)


def counted(loads: Sequence[float], workers: int) -> list[float]:
    """Load by worker where each gets the same number of partitions."""
    return [sum(loads[worker::workers]) for worker in range(workers)]


def weighed(measured: Sequence[float], loads: Sequence[float], workers: int) -> list[float]:
    """Load by worker where partitions were assigned, from scratch, by what was `measured` of them before."""
    # The one more is the assignor's.
    owned = balanced([one + 1.0 for one in measured], {f"worker-{number:03d}": set() for number in range(workers)})
    return [sum(loads[partition] for partition in own) for own in owned.values()]

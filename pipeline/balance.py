"""Which worker gets which partitions, so that each has the same load. Values in, values out."""

from collections.abc import Mapping, Sequence, Set

TOLERANCE = 0.01
# What a move must bring at least, as a share of the tolerance: the last hour's chance ups and downs move nothing.
LEAST_GAIN = 0.25


def balanced(loads: Sequence[float], held: Mapping[str, Set[int]], tolerance: float = TOLERANCE) -> dict[str, set[int]]:
    """The partitions of each worker of `held`, which says what each has had so far; `loads` is by partition.

    What a worker holds it keeps, since a moved partition's tables are restored from their changelog, unless moving
    it or changing it for another one brings the heaviest worker nearer to the mean; at `tolerance` above the mean that
    ends. What nobody holds goes, the heaviest first, to whoever has least. With equal loads every worker has the
    same number of partitions, give or take one.
    """
    owned: dict[str, set[int]] = {}
    free = set(range(len(loads)))
    for worker in sorted(held):
        owned[worker] = free.intersection(held[worker])
        free -= owned[worker]
    sums = {worker: sum(loads[partition] for partition in own) for worker, own in owned.items()}
    for partition in sorted(free, key=lambda partition: (-loads[partition], partition)):
        lightest = min(sums, key=lambda worker: (sums[worker], len(owned[worker]), worker))
        owned[lightest].add(partition)
        sums[lightest] += loads[partition]
    mean = sum(loads) / len(sums)
    # Each round lowers the heaviest sum or the number of workers that have it, so that it ends; the bound is for the
    # rounding of sums alone.
    for _ in range(20 * len(loads)):
        heaviest = max(sums, key=lambda worker: (sums[worker], worker))
        if sums[heaviest] <= mean * (1 + tolerance):
            break
        if not _relieve(heaviest, loads, owned, sums, mean * tolerance * LEAST_GAIN):
            break
    return owned


def _relieve(
    heaviest: str, loads: Sequence[float], owned: dict[str, set[int]], sums: dict[str, float], least: float
) -> bool:
    """Make the single move or exchange that relieves `heaviest` most; False where none relieves it by `least`."""
    best: tuple[float, str, int, int | None] | None = None
    for other in sorted(sums):
        gap = sums[heaviest] - sums[other]
        if other == heaviest or gap <= 0:
            continue
        for partition in sorted(owned[heaviest]):
            for back in (None, *sorted(owned[other])):
                moved = loads[partition] - (0.0 if back is None else loads[back])
                # What is left of the pair's heavier sum: half the gap taken over would leave both equal.
                left = max(sums[heaviest] - moved, sums[other] + moved)
                if left < sums[heaviest] - least and (best is None or left < best[0] - 1e-9):
                    best = (left, other, partition, back)
    if best is None:
        return False
    _, other, partition, back = best
    moved = loads[partition]
    owned[heaviest].remove(partition)
    owned[other].add(partition)
    if back is not None:
        moved -= loads[back]
        owned[other].remove(back)
        owned[heaviest].add(back)
    sums[heaviest] -= moved
    sums[other] += moved
    return True

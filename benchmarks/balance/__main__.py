"""`python -m benchmarks.balance --data FOLDER`: balance by assignment, for counts of workers and of partitions."""

import argparse
import sys
from pathlib import Path

from benchmarks import history
from benchmarks.balance.learners import Activity, real, zipf
from benchmarks.balance.spread import by_partition, counted, share_of_ideal, weighed

# What docs/scale.md recommends: so many partitions for each worker that there is to be one day.
PARTITIONS_A_WORKER = 32
WORKERS = 8
PARTITIONS = PARTITIONS_A_WORKER * WORKERS
EXPONENT = 1.0
ASKED_WORKERS = (2, 4, 8, 16)
ASKED_PARTITIONS = (4, 8, 16, 32, 64)


def shares(activity: Activity, partitions: int, workers: int) -> tuple[float, float]:
    """The share of the ideal with partitions counted, and with partitions weighed by the period before."""
    before, coming = by_partition(activity.measured, partitions), by_partition(activity.coming, partitions)
    return share_of_ideal(counted(coming, workers)), share_of_ideal(weighed(before, coming, workers))


def table(name: str, activity: Activity) -> str:
    """A row a number of workers: counted, then weighed for each number of partitions a worker."""
    lines = [f"{name}: {len(activity.coming)} learners, the busiest one {activity.hottest:.2%} of all"]
    lines.append("workers  counted  " + "  ".join(f"{'x' + str(count):>6}" for count in ASKED_PARTITIONS))
    for workers in ASKED_WORKERS:
        plain = shares(activity, PARTITIONS_A_WORKER * workers, workers)[0]
        cells = [f"{shares(activity, count * workers, workers)[1]:6.4f}" for count in ASKED_PARTITIONS]
        lines.append(f"{workers:7}  {plain:7.4f}  {'  '.join(cells)}")
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.balance", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with learners' answers (four-line *.csv.gz)")
    options = parser.parse_args()
    learners, shaped = real(options.data), zipf(EXPONENT)
    print(table("real", learners), table(f"Zipf, exponent {EXPONENT:g}", shaped), sep="\n\n", file=sys.stderr)
    plain_real, weighed_real = shares(learners, PARTITIONS, WORKERS)
    plain_zipf, weighed_zipf = shares(shaped, PARTITIONS, WORKERS)
    history.record(
        "balance",
        {
            "balance_real": round(weighed_real, 4),
            "balance_zipf": round(weighed_zipf, 4),
            "partitions": PARTITIONS,
            "workers": WORKERS,
            "counted_real": round(plain_real, 4),
            "counted_zipf": round(plain_zipf, 4),
            "partitions_real": round(share_of_ideal(by_partition(learners.coming, PARTITIONS)), 4),
            "partitions_zipf": round(share_of_ideal(by_partition(shaped.coming, PARTITIONS)), 4),
            "hottest_real": round(learners.hottest, 5),
            "hottest_zipf": round(shaped.hottest, 5),
            "learners_real": len(learners.coming),
            "learners_zipf": len(shaped.coming),
        },
    )


if __name__ == "__main__":
    main()

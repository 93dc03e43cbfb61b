"""`python -m benchmarks.capacity`: what the model predicts of this machine's throughput against what was measured.

For each run of the whole way in the history: from its CPU by stage alone the messages a second, beside those that were
counted. Ends with 1 where the newest one is off by more than 25 %.
"""

import json
import sys
from typing import Any

from cli.capacity.measured import cores_of, cpu_of, rows
from cli.capacity.model import throughput

MOST_ERROR = 0.25


def compared(run: dict[str, Any]) -> dict[str, float]:
    """Predicted and measured messages a second of a run, and how far the first is off."""
    predicted = throughput(cpu_of(run), float(run.get("load_cpu_ms_per_message", 0.0)), cores_of(run))
    measured = float(run["messages_per_s"])
    return {
        "predicted_per_s": round(predicted, 1),
        "measured_per_s": measured,
        "error": round(predicted / measured - 1, 4),
    }


def main() -> int:
    """See the module."""
    runs = list(rows("whole-way"))
    if not runs:
        sys.exit("the history holds no run of the whole way: make bench")
    for run in reversed(runs):
        print(run["at"], run["commit"], compared(run), file=sys.stderr)
    newest = compared(runs[0])
    print(json.dumps(newest))
    return 0 if abs(newest["error"]) <= MOST_ERROR else 1


if __name__ == "__main__":
    sys.exit(main())

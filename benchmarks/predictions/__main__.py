"""Look-aheads scored against what happened, beside the rules that people use now.

    python -m benchmarks.predictions [--data ../shared/data] [--learners 250]

Every prediction is made before its outcome is known, and only then learned from. Success and response time come from
recorded practice, load from its hours; leaving, returning and cost are simulated, and say so. Intervals are of 95 %,
from 200 bootstrap samples of learners (of days, for load and cost).
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.history import record
from benchmarks.predictions import hours, recorded, simulated
from benchmarks.predictions.scored import Cases, absolute_errors, figures
from cli.replay.recorded import ReadError

RULES = {
    "success": "the learner's last outcome on the concept, else the last one of all",
    "response_time": "as slow as the learner's last attempt on the concept",
    "leaving": "the last session ended on a wrong answer",
    "returning": "no visit for 7 days and not passing (under 60 % right)",
    "load": "same hour yesterday",
    "cost": "same hour yesterday",
}
SHOWN = ("auc", "rule_auc", "auc_gain", "log_loss", "rule_log_loss", "ece", "lead_time_s", "cases")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def mean_errors(cases: Cases) -> dict[str, float]:
    """Mean absolute error of the amounts: most hours are empty, so their median says nothing."""
    came, expected, rule = np.asarray(cases.amounts, np.float64).T
    return {
        "mean_error": round(float(np.abs(came - expected).mean()), 5),
        "rule_mean_error": round(float(np.abs(came - rule).mean()), 5),
    }


def evaluate(data: Path, learners: int) -> dict[str, Any]:
    """The figures of all look-aheads, by name."""
    found: dict[str, Any] = {}
    say("statistics_cloze: success and response time …")
    by_name = recorded.cloze(data)
    found["success_statistics_cloze"] = figures(by_name["success"], RULES["success"]) | {"data": "statistics_cloze"}
    found["response_time_statistics_cloze"] = {
        **figures(by_name["response_time"], RULES["response_time"]),
        **absolute_errors(by_name["response_time"]),
        "data": "statistics_cloze",
    }
    say("assistments2009_pid: success (it has no times: no response time, no lead time) …")
    found["success_assistments2009_pid"] = {
        **figures(recorded.assistments(data / "assistments2009_pid"), RULES["success"]),
        "data": "assistments2009_pid, repeated rows merged; the shipped weights saw this set, so auc is without them",
    }
    say(f"simulated: leaving and returning of {learners} learners …")
    for name, cases in simulated.school(learners).items():
        found[name] = figures(cases, RULES[name]) | {"data": "simulated learners"}
    say("load and cost of the next hour …")
    load, cost = hours.hourly(data)
    for name, totals, scale, said in (
        ("load", load, 1.0, "attempts an hour of statistics_cloze"),
        ("cost", cost, 1000.0, "simulated costs on the hours of statistics_cloze"),
    ):
        cases, within = hours.score(totals, scale)
        found[name] = figures(cases, RULES[name]) | mean_errors(cases)
        found[name] |= {"within_90": round(within, 4), "data": said}
    return found


def table(found: dict[str, Any]) -> None:
    print(f"{'look-ahead':<32}" + "".join(f"{name:>15}" for name in SHOWN))
    for name, one in found.items():
        print(f"{name:<32}" + "".join(f"{one[key] if one[key] is not None else '-':>15}" for key in SHOWN))
    print()
    for name, one in found.items():
        others = [key for key in one if key.endswith("_auc") and key != "rule_auc"]
        compared = "".join(f"; {key.removesuffix('_auc')} {one[key]}" for key in others)
        low, high = one["auc_interval"]
        worse = [key for key in ("rule_auc", *others) if one[key] > one["auc"]]
        verdict = f"  NOT BETTER than {', '.join(one_of.removesuffix('_auc') for one_of in worse)}" if worse else ""
        print(f"{name}: AUC {one['auc']} ({low} to {high}), rule ({one['rule']}) {one['rule_auc']}{compared}{verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.predictions", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--learners", type=int, default=250, help="simulated ones")
    asked = parser.parse_args()
    began = time.process_time()
    try:
        found = evaluate(asked.data, asked.learners)
    except (ReadError, OSError, ValueError) as error:
        print(f"cannot evaluate: {error}", file=sys.stderr)
        return 2
    table(found)
    record("predictions", found | {"cpu_s": round(time.process_time() - began, 1)})
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Figures of a look-ahead and of a rule on the same cases, with bootstrap intervals over learners."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.knowledge.scores import ece, log_loss

ROUNDS = 200
SEED = 11
Floats = NDArray[np.float64]


@dataclass
class Cases:
    """What was predicted and what came. `rule` is the score of the simple rule (higher: more likely), `lead` the
    seconds between prediction and outcome (nan where the source has no times), `group` what is resampled."""

    outcome: list[float] = field(default_factory=list)
    p: list[float] = field(default_factory=list)
    rule: list[float] = field(default_factory=list)
    lead: list[float] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    others: dict[str, list[float]] = field(default_factory=dict)
    amounts: list[tuple[float, float, float]] = field(default_factory=list)
    """Of what is a quantity: what came, what was expected, and what the rule says."""

    def add(self, outcome: float, p: float, rule: float, lead: float, group: str, **others: float) -> None:
        """One case; `others` are further scores to compare with, the same names each time."""
        self.outcome.append(outcome)
        self.p.append(p)
        self.rule.append(rule)
        self.lead.append(lead)
        self.group.append(group)
        for name, score in others.items():
            self.others.setdefault(name, []).append(score)


class Ranked:
    """AUC of one score under many weightings of the cases: sorted once."""

    def __init__(self, outcome: Floats, score: Floats) -> None:
        self._order = np.argsort(score, kind="stable")
        ranked = score[self._order]
        self._last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
        self._positive = outcome[self._order]

    def auc(self, weights: Floats) -> float:
        """The Mann-Whitney statistic with ties counted half; nan where only one class has weight."""
        w = weights[self._order]
        positive = w * self._positive
        ups = np.diff(np.cumsum(positive)[self._last], prepend=0.0)
        downs = np.diff(np.cumsum(w - positive)[self._last], prepend=0.0)
        total = ups.sum() * downs.sum()
        if total == 0.0:
            return float("nan")
        below = np.cumsum(downs) - downs
        return float((ups * (below + downs / 2.0)).sum() / total)


def calibrated(outcome: Floats, score: Floats) -> Floats:
    """Probabilities of a rule: the rate among the cases so far with the same score, each before its own outcome."""
    seen: dict[float, list[float]] = {}
    p = np.empty(len(outcome))
    for place, (one, came) in enumerate(zip(score, outcome, strict=True)):
        sums = seen.setdefault(round(float(one), 2), [1.0, 2.0])
        p[place] = sums[0] / sums[1]
        sums[0] += came
        sums[1] += 1.0
    return p


def figures(cases: Cases, rule: str) -> dict[str, Any]:
    """AUC, log loss and calibration of ours and of the rule, their intervals (95 %), and the lead time's median."""
    y, p, r = (np.asarray(one, np.float64) for one in (cases.outcome, cases.p, cases.rule))
    names, group = np.unique(np.asarray(cases.group), return_inverse=True)
    scores = {"auc": p, "rule_auc": r, **{f"{name}_auc": np.asarray(one) for name, one in cases.others.items()}}
    ranked = {name: Ranked(y, score) for name, score in scores.items()}
    ones = np.ones(len(y))
    rule_p = calibrated(y, r)
    losses = {
        "log_loss": -np.where(y > 0.5, np.log(np.clip(p, 1e-7, 1)), np.log(np.clip(1 - p, 1e-7, 1))),
        "rule_log_loss": -np.where(y > 0.5, np.log(rule_p), np.log1p(-rule_p)),
    }
    rng = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {name: [] for name in (*scores, *losses, "auc_gain")}
    for _ in range(ROUNDS):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)).astype(np.float64)
        weights = times[group]
        for name, one in ranked.items():
            drawn[name].append(one.auc(weights))
        drawn["auc_gain"].append(drawn["auc"][-1] - drawn["rule_auc"][-1])
        for name, loss in losses.items():
            drawn[name].append(float((weights * loss).sum() / weights.sum()))
    leads = np.asarray(cases.lead, np.float64)
    known = leads[~np.isnan(leads)]
    found: dict[str, Any] = {name: round(one.auc(ones), 4) for name, one in ranked.items()}
    found["auc_gain"] = round(found["auc"] - found["rule_auc"], 4)
    found |= {
        "log_loss": round(log_loss(y, p), 4),
        "ece": round(ece(y, p), 4),
        "rule_log_loss": round(float(losses["rule_log_loss"].mean()), 4),
        "rule": rule,
        "lead_time_s": round(float(np.median(known)), 1) if len(known) else None,
        "cases": len(y),
        "learners": len(names),
        "rate": round(float(y.mean()), 4),
    }
    for name, values in drawn.items():
        low, high = np.nanpercentile(values, [2.5, 97.5])
        found[f"{name}_interval"] = [round(float(low), 4), round(float(high), 4)]
    return found


def absolute_errors(cases: Cases) -> dict[str, float]:
    """Median absolute error of the amounts, ours and the rule's."""
    came, expected, rule = np.asarray(cases.amounts, np.float64).T
    return {
        "median_error": round(float(np.median(np.abs(came - expected))), 3),
        "rule_median_error": round(float(np.median(np.abs(came - rule))), 3),
    }

"""Effect of an experiment, with intervals that hold however often one looks, guardrails and a stopping rule.

The interval is that of the mixture sequential probability ratio test (Robbins, Statistical methods related to the law
of the iterated logarithm, 1970; Johari, Koomen, Pekelis & Walsh, Always valid inference: continuous monitoring of A/B
tests, Operations Research 2022): for a difference d with variance v and a normal mixture of variance τ,

    d ± √( v (v + τ) / τ · (2 ln(1/α) + ln((v + τ) / v)) )

Under no effect it leaves 0 out with probability α at most, over all looks together. A learner is one case: the mean
of what followed the learner's interventions, so that who is often in it counts once. Arms whose sizes do not fit the
design (a sample ratio mismatch: Fabijan et al., KDD 2019) give no verdict.
"""

from dataclasses import dataclass
from math import erfc, log, sqrt
from typing import Literal

ALPHA = 0.05
MIXTURE = 0.01
"""Variance of effects that are looked for: shares of right answers that differ by about a tenth."""
LEAST_LEARNERS = 20
GUARDRAIL = 0.02
"""How much worse than without the intervention a guarded figure may be."""
MISMATCH = 0.001

Verdict = Literal["go_on", "works", "harms", "mismatch"]


@dataclass(frozen=True, slots=True)
class Arm:
    """What followed in one arm: `learners`, and the sum and sum of squares of their means."""

    learners: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Mean over learners; 0 for none."""
        return self.total / self.learners if self.learners else 0.0

    @property
    def error(self) -> float:
        """Variance of the mean."""
        if self.learners < 2:
            return float("inf")
        spread = max(self.squares - self.learners * self.mean**2, 0.0) / (self.learners - 1)
        return max(spread, 1e-6) / self.learners


@dataclass(frozen=True, slots=True)
class Effect:
    """Treated less held out, its always-valid interval and p value."""

    effect: float
    low: float
    high: float
    p: float


def effect(treated: Arm, held_out: Arm, alpha: float = ALPHA, mixture: float = MIXTURE) -> Effect | None:
    """The effect so far; None before each arm has `LEAST_LEARNERS`."""
    if min(treated.learners, held_out.learners) < LEAST_LEARNERS:
        return None
    difference = treated.mean - held_out.mean
    v = treated.error + held_out.error
    half = sqrt(v * (v + mixture) / mixture * (2.0 * log(1.0 / alpha) + log((v + mixture) / v)))
    # The p value is the inverse of the largest likelihood ratio; of one look it is that of this look.
    ratio = 0.5 * log(v / (v + mixture)) + mixture * difference**2 / (2.0 * v * (v + mixture))
    return Effect(difference, difference - half, difference + half, min(1.0, 2.718281828459045 ** min(-ratio, 0.0)))


def mismatch(treated: int, held_out: int, share: float) -> float:
    """P value of the arms' sizes under the designed `share` held out: small ones say that assignment or logging is
    broken. 1 before each arm should have `LEAST_LEARNERS`: of fewer, the normal curve is too far off."""
    total = treated + held_out
    if total * min(share, 1.0 - share) < LEAST_LEARNERS:
        return 1.0
    return erfc(abs(held_out - total * share) / sqrt(2.0 * total * share * (1.0 - share)))


def verdict(
    outcome: Effect | None,
    guarded: dict[str, Effect | None],
    sizes: tuple[int, int],
    share: float | None,
) -> tuple[Verdict, str]:
    """Whether to stop, and why. `sizes`: learners treated and held out, with whatever followed; `share`: of those held
    out by design, None where it is not known and the sizes can't be judged; `guarded`: effects on the figures that
    must not fall, by name. A guardrail stops the experiment when its interval lies below `−GUARDRAIL` altogether."""
    if share is not None and mismatch(*sizes, share) < MISMATCH:
        return "mismatch", f"{sizes[0]} treated and {sizes[1]} held out do not fit a share of {share:.0%}"
    for name, one in sorted(guarded.items()):
        if one is not None and one.high < -GUARDRAIL:
            return "harms", f"{name} is worse by {-one.effect:.3f} ({one.low:.3f} to {one.high:.3f})"
    if outcome is None:
        return "go_on", f"fewer than {LEAST_LEARNERS} learners in an arm"
    said = f"{outcome.effect:+.3f} ({outcome.low:+.3f} to {outcome.high:+.3f})"
    if outcome.low > 0.0:
        return "works", said
    if outcome.high < 0.0:
        return "harms", said
    return "go_on", said

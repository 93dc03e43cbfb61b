"""Experiments with interventions: who gets what, decided by a hash alone.

The same learner of the same tenant is always in the same arm of an experiment, on every worker and under replay;
nothing is stored for it, and two experiments' assignments do not depend on each other (the key is hashed too).
"""

from dataclasses import dataclass
from hashlib import blake2b

from config.experiments import Experiment

TREATED, HELD_OUT = "treated", "held_out"
MICROS = 1_000_000
PARTS = 1 << 32


@dataclass(frozen=True, slots=True)
class Assignment:
    """`arm` of `experiment` (its key)."""

    experiment: str
    arm: str

    @property
    def withheld(self) -> bool:
        """Whether the intervention is not to be sent."""
        return self.arm == HELD_OUT


def share_of(tenant_id: str, learner_id: str, key: str, what: str = "") -> float:
    """A number in [0, 1) that is the learner's own in the experiment `key`."""
    text = "\0".join((key, tenant_id, learner_id, what))
    digest = blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / PARTS


def assign(experiment: Experiment, tenant_id: str, learner_id: str, at: int) -> Assignment:
    """The learner's arm at `at` (event time, microseconds).

    `held_out`: a fixed share of the learners never gets it. `alternating`: each learner gets it in every other
    period, half of them beginning with it; the period is event time, so a replay decides the same.
    """
    share = share_of(tenant_id, learner_id, experiment.key)
    if experiment.design == "held_out":
        return Assignment(experiment.key, HELD_OUT if share < experiment.share else TREATED)
    period = at // (experiment.period_seconds * MICROS)
    first = share < 0.5
    return Assignment(experiment.key, TREATED if (period % 2 == 0) == first else HELD_OUT)


def of_intervention(
    experiments: tuple[Experiment, ...], kind: str, tenant_id: str, learner_id: str, at: int
) -> Assignment | None:
    """The assignment that applies to an intervention of `kind`: the first running experiment on it, if any."""
    for experiment in experiments:
        if experiment.on(kind, tenant_id, at):
            return assign(experiment, tenant_id, learner_id, at)
    return None

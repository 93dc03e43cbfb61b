"""`make bench-bandit`: the bandit on line against fixed choices in a seeded simulation.

Three providers whose quality depends on the task. In the middle one provider drifts, later the best one goes out for
a while, later still prices change. Regret is the sum of (best expected reward − expected reward of the choice).
"""

import argparse
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import SecretStr

from agents.routing.bandit import TASKS, Bandit
from benchmarks import history
from config.providers import Limits, Price, Provider, Timeouts

DECISIONS = 6000
DRIFT_AT, OUTAGE_FROM, OUTAGE_TO, PRICES_AT = 2000, 3500, 3800, 4500
# Rewards come this many decisions after the decision that they belong to.
REWARD_DELAY = 50
NOISE = 0.4
NAMES = ("one", "two", "three")
FAILED = -1.0


class Choice(Protocol):
    """A strategy under test."""

    def pick(self, task: str, features: dict[str, float]) -> str:
        """The provider for this message."""

    def tried(self, provider: str, ok: bool, seconds: float) -> None:
        """How the call went."""

    def rewarded(self, provider: str, task: str, features: dict[str, float], reward: float) -> None:
        """What came of an earlier choice."""


class World:
    """Expected rewards by provider, task and confusion; latency; prices. Everything from one seed."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.quality = random.uniform(-0.2, 0.7, (len(NAMES), len(TASKS)))
        self.confusion = random.uniform(-0.3, 0.3, len(NAMES))
        self.price = np.array([0.02, 0.06, 0.15])
        self.seconds = np.array([0.4, 0.8, 0.6])
        self.random = random

    def expected(self, step: int, task: int, confused: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Expected reward of each provider at this step, a failed call counting as `FAILED`."""
        quality = self.quality[:, task].copy()
        if step >= DRIFT_AT:
            quality[0] -= 0.5
        price = self.price[::-1] if step >= PRICES_AT else self.price
        value: np.ndarray[Any, np.dtype[np.float64]] = quality + self.confusion * confused - price
        value[~self.up(step)] = FAILED
        return value

    def up(self, step: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Who answers. In the outage it is the provider that is best on average."""
        after = self.quality.mean(axis=1) - 0.5 * (np.arange(len(NAMES)) == 0) - self.price
        out = OUTAGE_FROM <= step < OUTAGE_TO
        return np.array([not (out and place == int(np.argmax(after))) for place in range(len(NAMES))])


class Learning:
    """The bandit."""

    def __init__(self, seed: int) -> None:
        provider = Provider(
            name="one",
            model="m",
            client="http",
            key=SecretStr(""),
            api_base="http://127.0.0.1:1/v1",
            user="none",
            region="",
            context_tokens=8192,
            max_output_tokens=256,
            price=Price(input=0, output=0),
            limits=Limits(),
            timeouts=Timeouts(),
            strengths={},
            prices_as_of="",
        )
        self.policy = Bandit([replace(provider, name=name) for name in NAMES], seed)

    def pick(self, task: str, features: dict[str, float]) -> str:
        """See `Choice.pick`."""
        return self.policy.decide(task, features, dict.fromkeys(NAMES, True)).candidates[0].provider

    def tried(self, provider: str, ok: bool, seconds: float) -> None:
        """See `Choice.tried`."""
        self.policy.observe_try(provider, ok)

    def rewarded(self, provider: str, task: str, features: dict[str, float], reward: float) -> None:
        """See `Choice.rewarded`."""
        self.policy.learn(provider, task, features, reward)


class Fixed:
    """Always the same provider."""

    def __init__(self, provider: str) -> None:
        self.provider = provider

    def pick(self, task: str, features: dict[str, float]) -> str:
        """See `Choice.pick`."""
        return self.provider

    def tried(self, provider: str, ok: bool, seconds: float) -> None:
        """Nothing changes."""

    def rewarded(self, provider: str, task: str, features: dict[str, float], reward: float) -> None:
        """Nothing changes."""


class RoundRobin(Fixed):
    """One after another; litellm's simple-shuffle without weights has the same expectation."""

    def __init__(self) -> None:
        super().__init__(NAMES[-1])

    def pick(self, task: str, features: dict[str, float]) -> str:
        """See `Choice.pick`."""
        self.provider = NAMES[(NAMES.index(self.provider) + 1) % len(NAMES)]
        return self.provider


class LowestLatency(Fixed):
    """litellm's latency-based-routing: the lowest mean latency of the last ten calls, failures counting 1,000 s."""

    def __init__(self) -> None:
        super().__init__(NAMES[0])
        self.seconds = {name: deque([0.0], maxlen=10) for name in NAMES}

    def pick(self, task: str, features: dict[str, float]) -> str:
        """See `Choice.pick`."""
        return min(NAMES, key=lambda name: sum(self.seconds[name]) / len(self.seconds[name]))

    def tried(self, provider: str, ok: bool, seconds: float) -> None:
        """See `Choice.tried`."""
        self.seconds[provider].append(seconds if ok else 1000.0)


def run(choice: Choice, seed: int) -> tuple[list[float], int | None]:
    """Cumulative regret after each decision, and the decisions that it took to leave a provider that went out.

    The latter is None where the strategy did not use that provider before, and the outage's length where it never
    left it.
    """
    world, total, regret = World(seed), 0.0, []
    random = np.random.default_rng(seed + 1)
    late: deque[tuple[int, str, str, dict[str, float], float]] = deque()
    picks: list[int] = []
    for step in range(DECISIONS):
        task = int(random.integers(len(TASKS)))
        confused = float(random.random())
        features = {"confused": confused, "mastery": 0.5, "length": 0.2}
        expected = world.expected(step, task, confused)
        picked = NAMES.index(choice.pick(TASKS[task], features))
        picks.append(picked)
        ok = bool(world.up(step)[picked])
        choice.tried(NAMES[picked], ok, float(world.seconds[picked] * random.lognormal(0, 0.3)))
        if ok:
            reward = float(np.clip(expected[picked] + NOISE * random.standard_normal(), -1, 1))
            late.append((step + REWARD_DELAY, NAMES[picked], TASKS[task], features, reward))
        while late and late[0][0] <= step:
            _, name, of_task, with_features, value = late.popleft()
            choice.rewarded(name, of_task, with_features, value)
        total += float(expected.max() - expected[picked])
        regret.append(total)
    out = int(np.flatnonzero(~world.up(OUTAGE_FROM))[0])
    if picks[OUTAGE_FROM - 100 : OUTAGE_FROM].count(out) < 20:
        return regret, None
    # Left: of the ten decisions that follow at most one goes there.
    for waited in range(OUTAGE_TO - OUTAGE_FROM - 10):
        if picks[OUTAGE_FROM + waited : OUTAGE_FROM + waited + 10].count(out) <= 1:
            return regret, waited
    return regret, OUTAGE_TO - OUTAGE_FROM


def best_fixed(seed: int) -> str:
    """The provider that is best over the whole run, known only afterwards."""
    regrets = {name: run(Fixed(name), seed)[0][-1] for name in NAMES}
    return min(regrets, key=lambda name: regrets[name])


def picture(lines: dict[str, list[float]], path: Path) -> None:
    """The curves as SVG."""
    width, height, left = 720, 360, 60
    top = max(line[-1] for line in lines.values()) * 1.05
    colours = ("#1b6ca8", "#b5651d", "#6b8e23", "#7a4988")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 170} {height + 40}" font-family="sans-serif">'
    ]
    for at, label in ((DRIFT_AT, "drift"), (OUTAGE_FROM, "outage"), (PRICES_AT, "prices change")):
        x = left + at / DECISIONS * (width - left)
        parts.append(f'<line x1="{x:.0f}" y1="10" x2="{x:.0f}" y2="{height}" stroke="#ccc"/>')
        parts.append(f'<text x="{x + 3:.0f}" y="20" font-size="11" fill="#666">{label}</text>')
    for colour, (name, line) in zip(colours, lines.items(), strict=True):
        points = " ".join(
            f"{left + step / DECISIONS * (width - left):.1f},{height - line[step] / top * (height - 10):.1f}"
            for step in range(0, DECISIONS, 25)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = height - line[-1] / top * (height - 10)
        parts.append(f'<text x="{width + 4}" y="{y:.0f}" font-size="12" fill="{colour}">{name} {line[-1]:.0f}</text>')
    parts.append(
        f'<text x="{left}" y="{height + 25}" font-size="12">decisions (0 to {DECISIONS}); cumulative regret</text>'
    )
    path.write_text("\n".join([*parts, "</svg>\n"]))


def main() -> int:
    """Print the figures as one JSON line and append them to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--picture", type=Path, help="SVG file for the mean regret")
    options = parser.parse_args()
    found: dict[str, list[list[float]]] = {"bandit": [], "best fixed": [], "round robin": [], "lowest latency": []}
    left: list[int] = []
    for seed in range(options.seeds):
        strategies: dict[str, Choice] = {
            "bandit": Learning(seed),
            "best fixed": Fixed(best_fixed(seed)),
            "round robin": RoundRobin(),
            "lowest latency": LowestLatency(),
        }
        for name, choice in strategies.items():
            regret, waited = run(choice, seed)
            found[name].append(regret)
            if name == "bandit" and waited is not None:
                left.append(waited)
        print(
            f"seed {seed}: " + ", ".join(f"{n} {r[-1][-1]:.0f}" for n, r in found.items()), file=sys.stderr, flush=True
        )
    means = {name: [float(value) for value in np.mean(regrets, axis=0)] for name, regrets in found.items()}
    if options.picture:
        picture(means, options.picture)
    figures: dict[str, Any] = {f"regret_{name.replace(' ', '_')}": round(line[-1], 1) for name, line in means.items()}
    figures |= {
        "decisions": DECISIONS,
        "seeds": options.seeds,
        "decisions_to_leave_outage_median": float(np.median(left)) if left else None,
        "decisions_to_leave_outage_worst": max(left) if left else None,
        "outages_met": len(left),
    }
    history.record("bench-bandit", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

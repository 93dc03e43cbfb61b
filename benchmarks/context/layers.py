"""`python -m benchmarks.context.layers`: learned layer weights against fixed ones, in a simulation; regret as SVG.

The world is made up: for each task, some layers are worth more with another weight than their fixed one, by effects
drawn at random (standard deviation `EFFECT`; a third of the layers have none), for each band of mastery a little more
or less (`BAND_EFFECT`), and rewards are noisy. Rewards come `DELAY` messages late and are heard in batches, as they are
on `masterx.shared`. The same again in worlds where the bands are all alike, to see what looking at them costs there.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from agents.context.weights import ARMS, EXPLORATION, FIXED, LAYERS, LayerWeights, key
from benchmarks import history
from config.mastery import BANDS

TASKS = ("explain", "practise", "check", "support", "plan", "smalltalk")
SHARES = (0.45, 0.2, 0.2, 0.06, 0.04, 0.05)
MESSAGES = 200_000
DELAY = 500
EFFECT = 0.05
BAND_EFFECT = 0.03
NOISE = 0.4
STEP = 500

Choice = Callable[[str, str], Mapping[str, float]]


class World:
    """What each arm is really worth, by task and band."""

    def __init__(self, seed: int, band_effect: float) -> None:
        rng = Random(seed)
        self.effects: dict[tuple[str, str, str, float], float] = {}
        for task in TASKS:
            for layer in LAYERS:
                matters = rng.random() < 2 / 3
                for arm in ARMS:
                    effect = rng.gauss(0, EFFECT) if matters and arm != FIXED else 0.0
                    for band in BANDS:
                        more = rng.gauss(0, band_effect) if matters and arm != FIXED else 0.0
                        self.effects[task, band, layer, arm] = effect + more

    def worth(self, task: str, band: str, chosen: Mapping[str, float]) -> float:
        """Expected reward of the weights `chosen`, against the fixed ones."""
        return sum(self.effects[task, band, layer, arm] for layer, arm in chosen.items())

    def best(self, task: str, band: str) -> dict[str, float]:
        """The arms that are really best."""
        return {layer: max(ARMS, key=lambda arm: self.effects[task, band, layer, arm]) for layer in LAYERS}


class Learned:
    """The policy, fed with rewards that come late. Without `bands` it does not see the learners' mastery."""

    def __init__(self, seed: int, *, bands: bool) -> None:
        self.weights = LayerWeights()
        self._bands = bands
        self._ids = Random(seed)
        self._sums: dict[str, tuple[float, float]] = {}
        self._pending = 0

    def choose(self, task: str, band: str) -> dict[str, float]:
        """The weights for a message."""
        return self.weights.choose(task, f"{self._ids.getrandbits(128):032x}", band if self._bands else "")

    def reward(self, task: str, band: str, chosen: Mapping[str, float], value: float) -> None:
        """Count one; every `DELAY` of them are heard."""
        for layer, arm in chosen.items():
            name = key(task, layer, arm, band if self._bands else "")
            number, total = self._sums.get(name, (0.0, 0.0))
            self._sums[name] = (number + 1, total + value)
        self._pending += 1
        if self._pending == DELAY:
            self._pending = 0
            self.weights.replace(0, self._sums)


def run(seed: int, messages: int, band_effect: float = BAND_EFFECT) -> dict[str, list[float]]:
    """Cumulative regret after every `STEP` messages, by strategy."""
    world = World(seed, band_effect)
    learned = {"learned": Learned(seed + 1, bands=True), "by task alone": Learned(seed + 1, bands=False)}
    rng = Random(seed + 2)
    fixed = dict.fromkeys(LAYERS, FIXED)
    uniform = Random(seed + 3)
    strategies: dict[str, Choice] = {
        **{name: policy.choose for name, policy in learned.items()},
        "fixed": lambda task, band: fixed,
        "random": lambda task, band: {layer: uniform.choice(ARMS) for layer in LAYERS},
    }
    best = {(task, band): world.worth(task, band, world.best(task, band)) for task in TASKS for band in BANDS}
    regret = dict.fromkeys(strategies, 0.0)
    curves: dict[str, list[float]] = {name: [] for name in strategies}
    for number in range(messages):
        task, band = rng.choices(TASKS, SHARES)[0], rng.choice(BANDS)
        noise = rng.gauss(0, NOISE)
        for name, choose in strategies.items():
            chosen = choose(task, band)
            worth = world.worth(task, band, chosen)
            regret[name] += best[task, band] - worth
            if name in learned:
                learned[name].reward(task, band, chosen, max(-1.0, min(1.0, 0.1 + worth + noise)))
        if number % STEP == STEP - 1:
            for name, total in regret.items():
                curves[name].append(total)
    return curves


def picture(curves: Mapping[str, list[float]], messages: int, path: Path) -> None:
    """The curves as SVG."""
    width, height, left = 720, 360, 60
    top = max(line[-1] for line in curves.values()) * 1.05
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 170} {height + 40}" font-family="sans-serif">',
        f'<path d="M {left} 10 V {height} H {width}" stroke="#999" fill="none"/>',
    ]
    for colour, (name, line) in zip(("#1b6ca8", "#2e8b57", "#b5651d", "#7a4988"), curves.items(), strict=True):
        points = " ".join(
            f"{left + (step + 1) / len(line) * (width - left):.1f},{height - value / top * (height - 10):.1f}"
            for step, value in enumerate(line)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = height - line[-1] / top * (height - 10)
        parts.append(f'<text x="{width + 4}" y="{y:.0f}" font-size="12" fill="{colour}">{name} {line[-1]:.0f}</text>')
    parts.append(
        f'<text x="{left}" y="{height + 25}" font-size="12">messages (0 to {messages}); cumulative regret</text>'
    )
    path.write_text("\n".join([*parts, "</svg>\n"]))


def simulate(seeds: int, messages: int = MESSAGES, band_effect: float = BAND_EFFECT) -> dict[str, list[float]]:
    """The curves, averaged over `seeds` worlds."""
    found = [run(seed, messages, band_effect) for seed in range(seeds)]
    return {
        name: [sum(column) / seeds for column in zip(*(one[name] for one in found), strict=True)] for name in found[0]
    }


def main() -> None:
    """Print the figures as one JSON line and append them to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.context.layers", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--picture", type=Path, help="SVG file for the mean regret")
    options = parser.parse_args()
    curves = simulate(options.seeds)
    alike = simulate(options.seeds, band_effect=0.0)
    for name, line in curves.items():
        print(f"  {name}: {line[-1]:.0f}; where bands are alike {alike[name][-1]:.0f}", file=sys.stderr)
    if options.picture:
        picture(curves, MESSAGES, options.picture)
    names = {name: name.replace(" ", "_") for name in curves}
    last = {name: line[-1] - line[len(line) // 2 - 1] for name, line in curves.items()}
    history.record(
        "context-layers",
        {
            **{f"regret_{names[name]}": round(line[-1], 1) for name, line in curves.items()},
            **{f"regret_{names[name]}_second_half": round(value, 1) for name, value in last.items()},
            **{f"regret_{names[name]}_bands_alike": round(line[-1], 1) for name, line in alike.items()},
            "messages": MESSAGES,
            "seeds": options.seeds,
            "exploration": EXPLORATION,
        },
    )


if __name__ == "__main__":
    main()

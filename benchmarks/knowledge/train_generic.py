"""`python -m benchmarks.knowledge.train_generic --data FOLDER --format four-line`

Trains the weights that ship with the package: features only, no item or concept names.
"""

import argparse
import sys
from pathlib import Path

from agents.profile.knowledge.artefact import GENERIC, save
from benchmarks.knowledge.network import Settings
from benchmarks.knowledge.sets import FORMATS, without_repeats
from benchmarks.knowledge.splits import Split, load
from benchmarks.knowledge.training import fit, say

SMALL = Settings(hidden=48, head=64, drive=48, embedding=0, epochs=5)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.knowledge.train_generic", description=__doc__)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--format", required=True, choices=FORMATS)
    parser.add_argument("--out", type=Path, default=GENERIC)
    options = parser.parse_args(arguments)
    first = load(options.data, options.format).splits[0]
    train = [without_repeats(learner) for learner in [*first.train, *first.test]]
    valid = [without_repeats(learner) for learner in first.valid]
    fitted = fit(Split(train, valid, []), [SMALL], generic=True, progress="[generic]")
    save(fitted.weights, options.out)
    say(f"{options.out}: {options.out.stat().st_size} bytes, blend {fitted.weights.blend}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Times the shipped model on one core: `python -m benchmarks.emotion.bench [--data FILE]`."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from agents import onnx_session
from agents.emotion.ngrams import LinearModel
from agents.emotion.scorer import ARTEFACT, EmotionScorer
from benchmarks.emotion import goemotions, roberta
from benchmarks.emotion.messages import MESSAGES
from benchmarks.history import record

WARM_UP = 50


def each(call: Callable[[str], object], texts: Sequence[str], count: int) -> list[float]:
    """Milliseconds of each of `count` calls, after a warm-up."""
    for at in range(min(WARM_UP, count)):
        call(texts[at % len(texts)])
    spent = []
    for at in range(count):
        began = time.perf_counter()
        call(texts[at % len(texts)])
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def batched(scorer: EmotionScorer, texts: Sequence[str], batch: int, seconds: float) -> float:
    """Messages a second in calls of `batch`."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        scorer.score_batch([texts[(done + at) % len(texts)] for at in range(batch)])
        done += batch
    return done / (time.perf_counter() - began)


def roberta_times(count: int) -> list[float]:
    """Milliseconds of each call of a RoBERTa-base with as many tokens as a message has on average."""
    session = onnx_session.session(roberta.graph())
    ids = np.random.default_rng(0).integers(5, 50000, size=(1, 19))
    feed = {"ids": ids, "mask": np.ones_like(ids)}
    return each(lambda _: session.run(["logits"], feed), [""], count)


def memory_mb() -> float:
    """Peak resident memory of a fresh process that loads the model and scores the built-in messages.

    Read from `/proc`: the figure of `getrusage` starts from the parent's.
    """
    code = (
        "from agents.emotion.scorer import EmotionScorer;"
        "from benchmarks.emotion.messages import MESSAGES;"
        "EmotionScorer.load().score_batch(MESSAGES);"
        "import re;print(re.search(r'VmHWM:\\s+(\\d+)',open('/proc/self/status').read())[1])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(run.stdout) / 1024


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.emotion.bench", description=__doc__)
    parser.add_argument("--data", type=Path, help="texts in the format of GoEmotions; built-in messages without it")
    parser.add_argument("--count", type=int, default=3000, help="single messages to time")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the batched run")
    given = parser.parse_args(arguments)
    try:
        texts = goemotions.read(given.data).texts if given.data else MESSAGES
    except (OSError, ValueError) as error:
        print(f"can't read {given.data}: {error}. Give a file in the format of GoEmotions.", file=sys.stderr)
        return 2
    scorer, linear = EmotionScorer.load(), LinearModel.load(ARTEFACT / "linear.npz")
    single = each(lambda text: scorer.score_batch([text]), texts, given.count)
    print("single messages done", file=sys.stderr)
    rate = batched(scorer, texts, 32, given.seconds)
    print("batches done", file=sys.stderr)
    baseline = each(linear.logits, texts, min(given.count, 1000))
    large = roberta_times(min(given.count, 60))
    artefact = sum(file.stat().st_size for file in ARTEFACT.iterdir())
    found = {
        "p50_ms": float(np.percentile(single, 50)),
        "p99_ms": float(np.percentile(single, 99)),
        "messages_per_s": rate,
        "artefact_mb": artefact / 1e6,
        "rss_mb": memory_mb(),
        "linear_p50_ms": float(np.percentile(baseline, 50)),
        "roberta_p50_ms": float(np.percentile(large, 50)),
    }
    record("emotion-bench", {name: round(value, 3) for name, value in found.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())

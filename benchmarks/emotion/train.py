"""Trains the emotion models and writes the artefact: `python -m benchmarks.emotion.train --data DIR`.

`DIR` holds `train.tsv.gz` and `dev.tsv.gz` in the format of GoEmotions. Needs torch, scikit-learn, onnx, and Maven for
the weights to begin with. Fitted on train; mixture, calibration and thresholds are chosen on dev. Everything random
is seeded, so a run repeats on the same machine and versions.
"""

import argparse
import copy
import sys
import tempfile
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from agents.emotion.encoder import window
from agents.emotion.labels import EMOTIONS
from agents.emotion.normalise import normalise
from agents.emotion.scorer import ARTEFACT
from benchmarks.emotion import goemotions, linear, pretrained, thresholds
from benchmarks.emotion.assemble import assemble
from benchmarks.emotion.encoder import EmotionEncoder, Shape
from benchmarks.emotion.finetune import Recipe, finetune, predict
from benchmarks.emotion.pretrained import PretrainedError
from benchmarks.emotion.vocabulary import trimmed

NAME = "emotion-e5-2"
# The weights after the last epochs of every run are averaged: on dev that is better than the best of them.
LAST_EPOCHS = 2
HEAD_SEED = 0


def tokens(tokenizer: Path, texts: list[str]) -> list[list[int]]:
    """Token ids as the shipped model sees them."""
    encoder = Tokenizer.from_file(str(tokenizer))
    encoder.no_padding()
    encoder.no_truncation()
    return [window(encoding.ids) for encoding in encoder.encode_batch([normalise(text) for text in texts])]


def average(models: list[EmotionEncoder]) -> EmotionEncoder:
    """The mean of the weights of models that began from the same ones (Wortsman et al., Model soups, ICML 2022)."""
    mean = copy.deepcopy(models[0])
    with torch.no_grad():
        for target, *parts in zip(mean.parameters(), *(model.parameters() for model in models), strict=True):
            target.copy_(torch.stack([part.data for part in parts]).mean(0))
    return mean


def main(arguments: list[str] | None = None) -> int:
    """Train and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.emotion.train", description="train the emotion models")
    parser.add_argument("--data", required=True, type=Path, help="folder with train.tsv.gz and dev.tsv.gz")
    parser.add_argument("--out", type=Path, default=ARTEFACT, help="folder for the artefact")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seeds", type=int, default=2, help="runs whose weights are averaged")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        train = goemotions.read(given.data / "train.tsv.gz")
        dev = goemotions.read(given.data / "dev.tsv.gz")
    except (OSError, ValueError) as error:
        print(f"can't read the data: {error}. Give the folder of GoEmotions with --data.", file=sys.stderr)
        return 2
    torch.set_num_threads(given.threads)
    truth = dev.labels > 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            pretrained.fetch(folder)
        except PretrainedError as error:
            print(error, file=sys.stderr)
            return 2
        tokenizer = folder / "tokenizer.json"
        smaller, kept = trimmed(tokenizer.read_text(), tokens(tokenizer, train.texts))
        tokenizer.write_text(smaller)
        linear.save(folder / "linear.npz", linear.train(train.texts, train.labels))
        print("linear model done", file=sys.stderr)
        rows, dev_rows = (tokens(tokenizer, texts) for texts in (train.texts, dev.texts))
        finished: list[EmotionEncoder] = []
        for seed in range(1, given.seeds + 1):
            # One head for all seeds: weights can only be averaged when they begin at the same place.
            torch.manual_seed(HEAD_SEED)
            model = EmotionEncoder(len(EMOTIONS), Shape(vocabulary=len(kept)))
            pretrained.load(model, folder / "pretrained.onnx", kept)
            last: deque[EmotionEncoder] = deque(maxlen=LAST_EPOCHS)
            for epoch, averaged in finetune(
                model, rows, train.labels, replace(Recipe(), seed=seed, epochs=given.epochs)
            ):
                score = thresholds.cross_fitted_f1(truth, predict(averaged, dev_rows).astype(np.float64))
                print(f"seed {seed} epoch {epoch}: cross-fitted macro-F1 {score:.4f} on dev", file=sys.stderr)
                last.append(copy.deepcopy(averaged))
            finished += last
        score = assemble(given.out, average(finished), rows, tokenizer, folder / "linear.npz", dev, NAME)
    print(f"{given.out}: cross-fitted macro-F1 {score:.4f} on dev, quantised")
    return 0


if __name__ == "__main__":
    sys.exit(main())

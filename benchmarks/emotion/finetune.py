"""Fine-tunes the encoder on one split and yields its averaged weights after every epoch."""

import copy
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.emotion.labels import EKMAN, EMOTIONS, SENTIMENT
from benchmarks.emotion.encoder import EmotionEncoder

PAD = 0
# Where the CPU has no instructions for bfloat16 it is emulated, and a step takes twenty times as long.
HALVES = torch.backends.cpu.get_cpu_capability() == "AVX512"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome of a run."""

    seed: int = 1
    epochs: int = 4
    batch: int = 32
    encoder_rate: float = 1.2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.85
    weight_decay: float = 0.01
    warmup: float = 0.1
    rare_power: float = 0.25
    group_weight: float = 0.2
    negative_focus: float = 1.0
    average_decay: float = 0.99
    average_every: int = 10
    teacher_weight: float = 0.5


def batches(
    lengths: NDArray[np.int64], batch: int, generator: np.random.Generator | None
) -> Iterator[NDArray[np.int64]]:
    """Row numbers of like length together; shuffled within pools of 50 batches when a generator is given."""
    order = np.arange(len(lengths)) if generator is None else generator.permutation(len(lengths))
    pool = len(order) if generator is None else 50 * batch
    cuts = []
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        cuts += [part[at : at + batch] for at in range(0, len(part), batch)]
    if generator is not None:
        generator.shuffle(cuts)
    yield from cuts


def pad(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Token ids and 0/1 mask, both (rows, longest row)."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), PAD, dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
    return ids, (ids != PAD).long()


class MultiLabelLoss:
    """Focused binary cross-entropy over the labels, and over the paper's two groupings of them.

    The focus on negatives is that of Ridnik et al., Asymmetric Loss for Multi-Label Classification, ICCV 2021
    (gamma+ = 0, no shift). A group's probability is one less the product of its labels' complements.
    """

    def __init__(self, labels: NDArray[np.float32], recipe: Recipe) -> None:
        share = labels.mean(0)
        weight = (share.max() / share) ** recipe.rare_power
        self.positive_weight = torch.tensor(weight / weight[np.argsort(-share)[:14]].mean()).clamp(min=1.0)
        self.focus = recipe.negative_focus
        self.group_weight = recipe.group_weight
        self.teacher_weight = recipe.teacher_weight
        groups = [*EKMAN.values(), *SENTIMENT.values()]
        self.groups = torch.tensor([[float(name in group) for name in EMOTIONS] for group in groups])

    def __call__(self, logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
        log_yes, log_no = torch.nn.functional.logsigmoid(logits), torch.nn.functional.logsigmoid(-logits)
        missed = -(labels * log_yes * self.positive_weight)
        false = -((1 - labels) * log_no * torch.sigmoid(logits).detach() ** self.focus)
        loss = (missed + false).mean()
        group_no = (log_no @ self.groups.T).clamp(max=-1e-6)
        group_yes = torch.log1p(-torch.exp(group_no))
        grouped = (labels @ self.groups.T > 0).float()
        loss = loss - self.group_weight * (grouped * group_yes + (1 - grouped) * group_no).mean()
        if teacher is not None:
            soft = -(teacher * log_yes + (1 - teacher) * log_no).mean()
            loss = (1 - self.teacher_weight) * loss + self.teacher_weight * soft
        return loss


def _optimisers(model: EmotionEncoder, recipe: Recipe) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    groups: list[dict[str, object]] = [{"params": list(model.head.parameters()), "lr": recipe.head_rate}]
    depth = len(model.layers)
    for number, layer in enumerate(model.layers):
        rate = recipe.encoder_rate * recipe.layer_decay ** (depth - 1 - number)
        groups += [
            {
                "params": [value for value in layer.parameters() if (value.ndim > 1) == decayed],
                "lr": rate,
                "weight_decay": recipe.weight_decay if decayed else 0.0,
            }
            for decayed in (True, False)
        ]
    bottom = recipe.encoder_rate * recipe.layer_decay**depth
    groups.append({"params": [model.positions.weight, *model.embedded.parameters()], "lr": bottom})
    dense = torch.optim.AdamW(groups, weight_decay=0.0, betas=(0.9, 0.98), fused=True)
    return dense, torch.optim.SparseAdam([model.words.weight], lr=bottom, betas=(0.9, 0.98))


def predict(model: EmotionEncoder, rows: list[list[int]], batch: int = 128) -> NDArray[np.float32]:
    """Logits of every row, in order."""
    model.eval()
    lengths = np.array([len(row) for row in rows])
    out = np.zeros((len(rows), model.head.out_features), dtype=np.float32)
    with torch.inference_mode():
        for part in batches(lengths, batch, None):
            ids, mask = pad([rows[at] for at in part])
            out[part] = model(ids, mask).float().numpy()
    return out


def finetune(
    model: EmotionEncoder,
    rows: list[list[int]],
    labels: NDArray[np.float32],
    recipe: Recipe,
    teacher: NDArray[np.float32] | None = None,
) -> Iterator[tuple[int, EmotionEncoder]]:
    """Train `model` in place; after each epoch yield its number and a copy with averaged weights.

    `teacher`: probabilities of shape (rows, 28) to learn from beside the labels, or none. Progress goes to stderr.
    """
    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    lengths = np.array([len(row) for row in rows])
    loss_of = MultiLabelLoss(labels, recipe)
    optimisers = _optimisers(model, recipe)
    rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
    total = recipe.epochs * math.ceil(len(rows) / recipe.batch)
    average = copy.deepcopy(model)
    step, began, running = 0, time.monotonic(), 0.0
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        for part in batches(lengths, recipe.batch, generator):
            done = step / total
            factor = min(1.0, done / recipe.warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
            for optimiser, own in zip(optimisers, rates, strict=True):
                for group, rate in zip(optimiser.param_groups, own, strict=True):
                    group["lr"] = max(rate * factor, 1e-8)
            ids, mask = pad([rows[at] for at in part])
            with torch.autocast("cpu", torch.bfloat16, enabled=HALVES):
                logits = model(ids, mask)
            soft = None if teacher is None else torch.from_numpy(teacher[part])
            loss = loss_of(logits.float(), torch.from_numpy(labels[part]), soft)
            loss.backward()
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad()
            step += 1
            running += 0.01 * (float(loss.detach()) - running)
            if step % recipe.average_every == 0:
                early = 1 - 1 / (1 + step / recipe.average_every)
                keep = min(recipe.average_decay, early)
                with torch.no_grad():
                    for mean, now in zip(average.parameters(), model.parameters(), strict=True):
                        mean.lerp_(now, 1 - keep)
            if step % 200 == 0:
                spent = time.monotonic() - began
                print(f"step {step}/{total} loss {running:.4f} {spent / step:.3f} s/step", file=sys.stderr)
        yield epoch, average

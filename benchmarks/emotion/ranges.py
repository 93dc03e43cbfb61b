"""Measures what enters each linear layer of an encoder, for quantising with fixed ranges."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.emotion.encoder import EmotionEncoder

Ranges = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


def measure(model: EmotionEncoder, rows: list[list[int]]) -> Ranges:
    """Lowest and highest value of each input of each linear layer over `rows`, by the layer's name."""
    seen: dict[str, list[Tensor]] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen.setdefault(name, []).append(inputs[0].detach().float().flatten(0, -2))

        return hook

    handles = [
        module.register_forward_pre_hook(watch(name))
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("layers.")
    ]
    model.eval()
    with torch.inference_mode():
        for row in rows:
            ids = torch.tensor([row])
            model(ids, torch.ones_like(ids))
    for handle in handles:
        handle.remove()
    joined = {name: torch.cat(parts) for name, parts in seen.items()}
    return {name: (values.amin(0).numpy(), values.amax(0).numpy()) for name, values in joined.items()}

"""A BERT encoder with a multi-label head, written out so that training needs torch alone.

Its shape is that of E5-small-v2, whose weights it begins with (`benchmarks.emotion.pretrained`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Sizes of a BERT encoder."""

    layers: int = 12
    width: int = 384
    heads: int = 12
    inner: int = 1536
    vocabulary: int = 30522
    positions: int = 512


class PooledDropout(nn.Module):  # type: ignore[misc]
    """Dropout whose masks are slices of one random pool: drawing fresh ones took a tenth of a step on a CPU."""

    POOL = 1 << 23
    pool: Tensor

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("pool", torch.empty(0, dtype=torch.bfloat16), persistent=False)

    def forward(self, hidden: Tensor) -> Tensor:
        if not self.training or self.rate == 0.0:
            return hidden
        if not len(self.pool):
            self.pool = (torch.rand(self.POOL) >= self.rate).to(torch.bfloat16) / (1 - self.rate)
        start = int(torch.randint(self.POOL - hidden.numel(), ()))
        return hidden * self.pool[start : start + hidden.numel()].view(hidden.shape)


class Layer(nn.Module):  # type: ignore[misc]
    """One post-norm transformer layer: (batch, tokens, width) to the same shape."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.attended = nn.LayerNorm(shape.width, eps=1e-12)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)
        self.fed = nn.LayerNorm(shape.width, eps=1e-12)
        self.dropout = PooledDropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        batch, tokens, width = hidden.shape
        query, key, value = self.qkv(hidden).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Written out: the fused kernel's backward pass is seven times slower in bfloat16 on a CPU (torch 2.15).
        weights = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5
        if mask is not None:
            weights = weights + mask
        mixed = weights.softmax(-1).to(value.dtype) @ value
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, width)
        hidden = self.attended(hidden + self.dropout(self.out(mixed)))
        fed: Tensor = self.fed(hidden + self.dropout(self.down(F.gelu(self.up(hidden)))))
        return fed


class EmotionEncoder(nn.Module):  # type: ignore[misc]
    """Token ids (batch, tokens) and their 0/1 mask to 28 logits a row; mean and maximum pooling side by side."""

    def __init__(self, labels: int, shape: Shape = Shape(), dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width, sparse=True)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.embedded = nn.LayerNorm(shape.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        self.dropout = PooledDropout(dropout)
        self.head = nn.Linear(2 * shape.width, labels)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.dropout(self.embedded(self.words(ids) + self.positions(places)))
        kept = mask.bool()
        attend = None if bool(kept.all()) else torch.where(kept, 0.0, -1e4)[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, attend)
        hidden = hidden.float()
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        peak = hidden.masked_fill(~kept.unsqueeze(-1), -1e4).amax(1)
        logits: Tensor = self.head(self.dropout(torch.cat([mean, peak], dim=-1)))
        return logits

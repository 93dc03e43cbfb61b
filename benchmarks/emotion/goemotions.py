"""Reads files in the format of GoEmotions: text, comma-separated label ids, comment id, separated by tabs."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.emotion.labels import EMOTIONS


@dataclass(frozen=True)
class Split:
    """Texts and their labels as a 0/1 matrix of shape (rows, 28)."""

    texts: list[str]
    labels: NDArray[np.float32]


def read(path: Path) -> Split:
    """One split from `path`; gzip is recognised by its first two bytes. A comma behind the last label is let be.

    Raises `OSError` when it can't be read and `ValueError`, naming the line, when a row is not in the format.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, zlib.error) as error:
            raise ValueError(f"{path}: not whole ({error})") from None
    texts: list[str] = []
    rows: list[list[int]] = []
    for number, line in enumerate(raw.decode("utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        fields = line.rstrip("\r").split("\t")
        try:
            ids = [int(part) for part in fields[1].strip().rstrip(",").split(",")]
            if not all(0 <= label < len(EMOTIONS) for label in ids):
                raise ValueError("a label id out of range")
        except (IndexError, ValueError) as error:
            raise ValueError(f"{path}:{number}: not 'text TAB label ids TAB id' ({error})") from None
        texts.append(fields[0])
        rows.append(ids)
    if not texts:
        raise ValueError(f"{path}: no rows")
    labels = np.zeros((len(texts), len(EMOTIONS)), dtype=np.float32)
    for row, ids in enumerate(rows):
        labels[row, ids] = 1.0
    return Split(texts, labels)

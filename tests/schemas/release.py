"""`python -m tests.schemas.release N`: freeze today's schemas as release N, with bytes for later readers.

Schemas go to `schemas/released/N/`, one hex file for each event and kind of value to `tests/schemas/released/N/`.
"""

import sys
from pathlib import Path

from schemas import catalogue
from schemas.codec import encode
from tests.schemas.values import KINDS

SAMPLES = Path(__file__).parent / "released"


def freeze(number: int) -> None:
    """Write the release. Raises `FileExistsError` when there is one of that number: a release never changes."""
    schemas, samples = catalogue.RELEASED / str(number), SAMPLES / str(number)
    schemas.mkdir(parents=True)
    samples.mkdir(parents=True)
    for name in catalogue.names():
        (schemas / f"{name}.avsc").write_bytes((catalogue.HERE / f"{name}.avsc").read_bytes())
        for kind, make in KINDS.items():
            payload = encode(name, make(catalogue.declared(name)))
            (samples / f"{name}.{kind}.hex").write_text(payload.hex() + "\n")


if __name__ == "__main__":
    freeze(int(sys.argv[1]))

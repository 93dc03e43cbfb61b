"""What a range lets through and is no number."""

import math

import typer


def finite(given: float | None) -> float | None:
    """An option's callback. Raises `typer.BadParameter` for `nan`, which is neither below a least nor above a most
    value, and for the infinities where there is none."""
    if given is not None and not math.isfinite(given):
        raise typer.BadParameter(f"{given} is not a number that can be counted with.")
    return given

"""What pydantic finds wrong, for people."""

from collections.abc import Mapping
from typing import Any


def said(problem: Mapping[str, Any]) -> str:
    """What is wrong, of one of a `ValidationError`'s `errors()`: our own words without the class of exception."""
    return str(problem["msg"]).removeprefix("Value error, ")

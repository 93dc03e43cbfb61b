"""Which settings a command reads, found in the source of what it imports."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from config.settings import Settings

ROOT = Path(__file__).parents[2]


def settings_read(*entries: str) -> frozenset[str]:
    """Names of the settings that these modules, or any of ours that they import, take from a Settings object.

    Any attribute called like a setting counts, so this errs on the side of more.
    """
    found: set[str] = set()
    for tree in _trees(entries):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in Settings.model_fields:
                found.add(node.attr)
    return frozenset(found)


def _trees(entries: Iterable[str]) -> Iterator[ast.Module]:
    seen: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        tree = ast.parse(path.read_text())
        yield tree
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def _path(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None

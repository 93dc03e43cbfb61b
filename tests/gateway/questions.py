"""What the gateway asks of ClickHouse, found in its modules."""

import importlib
import pkgutil
import re
from pathlib import Path

import gateway

_VIEW = re.compile(r"\b(?:agg|dim|fact|raw)_\w+")


def questions() -> dict[str, str]:
    """Every query that is a constant of a module, by module and name."""
    found = {}
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.isupper() and isinstance(value, str) and "SELECT " in value:
                found[f"{module.name}.{name}"] = value
    return found


def views_of(sql: str) -> list[str]:
    """The views that a query, or a module's text, names, as often as it does."""
    return _VIEW.findall(sql)


def sources() -> str:
    """The gateway's whole text: a query that is made inside a function is in here too."""
    return "\n".join(path.read_text() for path in sorted(Path(gateway.__path__[0]).rglob("*.py")))

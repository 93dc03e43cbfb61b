"""Named queries in SQL files, for dashboards: see the files for what each answers."""

import re
from pathlib import Path

DASHBOARD = Path(__file__).parent / "dashboard.sql"
_QUERY = re.compile(r"^-- name: (\w+)\n(.*?);$", re.MULTILINE | re.DOTALL)


def load(path: Path = DASHBOARD) -> dict[str, str]:
    """The queries of a file by name, in the file's order. Raises `ValueError` where a name stands twice."""
    found: dict[str, str] = {}
    for name, text in _QUERY.findall(path.read_text()):
        if name in found:
            raise ValueError(f"{path.name}: two queries are named {name}")
        found[name] = text
    return found

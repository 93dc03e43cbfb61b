"""The engine with the rights of one role: its only user may do what the role may, and views read as `VIEWS_USER`."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from sinks.access import VIEWS_USER, Right

_USER = """<{name}><password></password><networks><ip>::/0</ip></networks><profile>default</profile>
<quota>default</quota>{rights}</{name}>"""


def configured(
    directory: Path, database: str, rights: Sequence[Right] | None, views: Sequence[Right] = (), filters: str = ""
) -> Path:
    """A configuration for the engine; without `rights` its user may do everything, as an administrator."""
    directory.mkdir(parents=True, exist_ok=True)
    granted = "<access_management>1</access_management>" if rights is None else _grants(database, rights)
    users = _USER.format(name="default", rights=granted + filters)
    users += _USER.format(name=VIEWS_USER, rights=_grants(database, views))
    users_file, config = directory / "users.xml", directory / "config.xml"
    users_file.write_text(
        "<clickhouse><profiles><default></default></profiles><quotas><default></default></quotas>"
        f"<users>{users}</users></clickhouse>"
    )
    config.write_text(f"<clickhouse><users_config>{users_file}</users_config></clickhouse>")
    return config


def only_rows(database: str, views: Sequence[str], condition: str) -> str:
    """Row policies of the user on `views`."""
    rows = "".join(f"<{view}><filter>{escape(condition)}</filter></{view}>" for view in views)
    return f"<databases><{database}>{rows}</{database}></databases>"


def _grants(database: str, rights: Sequence[Right]) -> str:
    queries = "".join(f"<query>GRANT {escape(right.on(database))}</query>" for right in rights)
    return f"<grants>{queries}</grants>"

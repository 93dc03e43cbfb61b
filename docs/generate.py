"""`python -m docs.generate`: write into the pages what is said better by its source.

These are settings, providers, topics, views, exit codes and events. A page marks such a part with
`<!-- generated: NAME -->` and `<!-- end -->`; `docs/events.md`, `docs/asyncapi.json` and `docs/dictionary.md` are
generated whole.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli import exits
from config import settings as settings_module
from config.providers import read_file
from config.settings import Settings
from docs import asyncapi, dictionary
from docs.asyncapi import KEYS, LEARNER_KEY
from pipeline import access, admin, redis_access
from pipeline.telemetry import metrics as catalogue_of_metrics
from schemas import catalogue, topics
from sinks import access as grants
from sinks.migrate import migrations

HERE = Path(__file__).parent
PART = re.compile(r"<!-- generated: (?P<name>[a-z-]+) -->\n.*?<!-- end -->", re.DOTALL)
VIEW = re.compile(r"CREATE OR REPLACE VIEW \$\{database\}\.(\w+).*?\nCOMMENT '((?:[^']|'')*)'", re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def settings() -> str:
    """Every setting, in the groups of config/settings.py."""
    parts = []
    for group, names in _groups():
        rows = [
            (f"`MASTERX_{name.upper()}`", _default(field), _meaning(field))
            for name in names
            for field in (Settings.model_fields[name],)
        ]
        parts.append(f"**{group}**\n\n{table(('variable', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


def _groups() -> list[tuple[str, list[str]]]:
    """The fields under the comments that head them in the source; those behind a blank line without one: Logging."""
    groups: list[tuple[str, list[str]]] = []
    for line in Path(settings_module.__file__).read_text().splitlines():
        heading = re.fullmatch(r"    # (\w[\w ]*)", line)
        field = re.match(r"    (\w+): ", line)
        if heading:
            groups.append((heading[1], []))
        elif field and field[1] in Settings.model_fields:
            if field[1] == "log_level":
                groups.append(("Log", []))
            groups[-1][1].append(field[1])
    return groups


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value != "" else "empty"


def _meaning(field: FieldInfo) -> str:
    said = [field.description] if field.description else []
    if get_origin(field.annotation) is Literal:
        said.append("one of " + ", ".join(f"`{choice}`" for choice in get_args(field.annotation)))
    bounds = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    for rule in field.metadata:
        said += [f"{words} {getattr(rule, name):g}" for name, words in bounds.items() if hasattr(rule, name)]
    return "; ".join(said)


def providers() -> str:
    """The declared LLM providers and the variables that they read."""
    rows = [
        (
            entry.name,
            f"`{entry.key_env}`{'' if entry.key_required else ' (may be empty)'}",
            f"`{entry.api_base_env}`" if entry.api_base_env else "",
            f"`{entry.model}`" + (f" or `{entry.model_env}`" if entry.model_env else ""),
        )
        for entry in read_file().providers
    ]
    return table(("provider", "key", "address", "model"), rows)


def topic_table() -> str:
    """Every topic as `masterx topics create` makes it with default settings."""
    plans = {plan.name: plan for plan in admin.plans(Settings.model_construct())}
    rows = []
    for topic in topics.ALL:
        plan = plans[topic.name]
        kept = "the last of each key" if topic.compacted else f"{int(plan.config['retention.ms']) // 3_600_000} h"
        event = f"[{topic.event}](events.md#{topic.event.lower()})"
        rows.append((f"`{topic.name}`", event, "apps" if topic.from_apps else "workers", str(plan.partitions), kept))
    return table(("topic", "event", "written by", "partitions", "kept"), rows)


def access_table() -> str:
    """What each app's Kafka user may read and write, as `masterx topics acls` gives it."""

    def named(found: Iterable[topics.Topic]) -> str:
        return ", ".join(f"`{topic.name.removeprefix('masterx.')}`" for topic in topics.ALL if topic in found)

    rows = []
    for app, may in access.ACCESS.items():
        stored = all(topics.dead_letters(topic) in may.reads for topic in may.refuses)
        read = f"{named(may.reads)}, and their dead letters" if stored and may.refuses else named(may.reads)
        rows.append((f"`{access.user_of(app)}`", read, named(may.writes | may.moves) or "nothing"))
    return table(("user", "reads", "writes"), rows)


def redis_access_table() -> str:
    """What each of Redis's users may do, as `masterx redis acls` prints it."""

    def named(found: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in sorted(found)) or "none"

    rows = [
        (f"`{access.user_of(app)}`", named(may.keys), named(may.channels), named(may.commands))
        for app, may in redis_access.ACCESS.items()
    ]
    return table(("user", "keys", "channels", "commands"), rows)


def grants_table() -> str:
    """What each of ClickHouse's users may do, as `masterx grants` gives it, without the names that it looks up."""
    text = ", ".join(f"`{view}.{column}`" for view, columns in grants.TEXT.items() for column in sorted(columns))
    views = ", ".join(f"`{view}`" for view in grants.GATEWAY_VIEWS)
    migrations = ", ".join(f"`{privilege}`" for privilege in grants.MIGRATIONS)
    reads = [
        f"{' and '.join(f'`{column}`' for column in columns)} on `{name}`"
        for name, columns in grants.FORECAST_READS.items()
    ]
    rows = [
        (grants.SINKS, "the sinks' workers", "`INSERT` into the raw tables of topics"),
        (access.GATEWAY, "the gateway", f"`SELECT` on {views}"),
        (
            grants.FORECAST,
            "`masterx forecast`",
            f"`SELECT` of {', of '.join(reads)}, and on `{grants.FORECAST_SCORES}`; `INSERT` into `{grants.FORECASTS}`",
        ),
        (grants.ANALYST, "analysts, dashboards", f"`SHOW COLUMNS` on every view, and `SELECT` without {text}"),
        (
            grants.ERASER,
            "`masterx learner erase`",
            f"`SELECT` of {' and '.join(f'`{name}`' for name in grants.THEIRS)}, and `ALTER DELETE`, on the raw tables"
            f" with learners; of `{grants.ERASURES}` it may read when, and delete nothing",
        ),
        (
            grants.MIGRATOR,
            "`masterx migrate`",
            f"{migrations} on the database, `INSERT` into `{grants.LEDGER}` and `{grants.FED}`",
        ),
    ]
    return table(("user", "who", "may"), [(f"`{access.user_of(role)}`", who, may) for role, who, may in rows])


def secret_table() -> str:
    """Every secret that is read, and the name of the file that may hold it."""
    secrets = [
        (f"MASTERX_{name.upper()}", field.description or "a password")
        for name, field in Settings.model_fields.items()
        if field.annotation is SecretStr
    ]
    keys = [(entry.key_env, f"key of provider {entry.name}") for entry in read_file().providers if entry.key_env]
    return table(
        ("secret", "file", "what"), [(f"`{name}`", f"`{name.lower()}`", what) for name, what in (*secrets, *keys)]
    )


def exit_codes() -> str:
    """The table in cli/exits.py."""
    return "\n".join(line for line in (exits.__doc__ or "").splitlines() if line.startswith("|"))


def metrics() -> str:
    """Every metric in pipeline/telemetry/metrics.py."""
    rows = [
        (
            f"`{metric.name}{'_total' if metric.kind == 'counter' else ''}`",
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.meaning,
            metric.when_it_rises,
        )
        for metric in catalogue_of_metrics.ALL
    ]
    return table(("metric", "labels", "meaning", "when it rises"), rows)


def views() -> str:
    """ClickHouse's views with the comments that they carry there."""
    # By its last definition, where it stood first.
    found = {name: comment for migration in migrations() for name, comment in VIEW.findall(migration.text)}
    rows = [(f"`{name}`", said.replace("''", "'").removesuffix(" Each once.")) for name, said in found.items()]
    return table(("view", "a row is"), rows)


def events() -> str:
    """The whole of docs/events.md."""
    by_event = {topic.event: topic for topic in topics.ALL}
    nested: dict[str, Any] = {}
    parts = [
        "# Events\n\nGenerated from `schemas/*.avsc` by `python -m docs.generate`. Times are microseconds\n"
        "since 1970 in UTC; ids of type `uuid` are text. A field with a default may be left out. How the bytes\n"
        "look: [app-developers.md](app-developers.md#encodings)."
    ]
    for name in catalogue.names():
        schema = catalogue.declared(name)
        key = KEYS.get(name, LEARNER_KEY)
        parts.append(
            f"## {name}\n\n{schema['doc']} Topic `{by_event[name].name}`, key `{key}`.\n\n{_fields(schema, nested)}"
        )
    parts.append("# Records inside of events")
    for name in sorted(nested):
        inner = nested[name]
        body = _fields(inner, nested) if inner["type"] == "record" else "One of " + ", ".join(inner["symbols"]) + "."
        parts.append(f"## {name}\n\n{inner['doc']}\n\n{body}")
    return "\n\n".join(parts) + "\n"


def _fields(schema: Any, nested: dict[str, Any]) -> str:
    rows = []
    for field in schema["fields"]:
        default = "" if "default" not in field else f"`{_json(field['default'])}`"
        rows.append((f"`{field['name']}`", _kind(field["type"], nested), default, field["doc"]))
    return table(("field", "type", "default", "meaning"), rows)


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


def _kind(kind: Any, nested: dict[str, Any]) -> str:
    """A type in words; records and enums that it names are added to `nested`, and what is in them."""
    if isinstance(kind, list):
        return " or ".join(_kind(part, nested) for part in sorted(kind, key=lambda part: part == "null"))
    if isinstance(kind, str):
        return f"[{kind}](#{kind.lower()})" if kind in nested else kind
    if "logicalType" in kind:
        return {"uuid": "uuid", "timestamp-micros": "time"}[kind["logicalType"]]
    if kind["type"] in ("record", "enum"):
        nested[kind["name"]] = kind
        for field in kind.get("fields", ()):
            _kind(field["type"], nested)
        return f"[{kind['name']}](#{kind['name'].lower()})"
    if kind["type"] == "array":
        return f"list of {_kind(kind['items'], nested)}"
    if kind["type"] == "map":
        return f"map of {_kind(kind['values'], nested)}"
    return _kind(kind["type"], nested)


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "providers": providers,
    "topics": topic_table,
    "access": access_table,
    "redis-access": redis_access_table,
    "grants": grants_table,
    "secrets": secret_table,
    "exit-codes": exit_codes,
    "metrics": metrics,
    "views": views,
}


def refreshed(text: str) -> str:
    """A page with its marked parts as their source says now. Raises `KeyError` for a part of an unknown name."""
    return PART.sub(
        lambda part: f"<!-- generated: {part['name']} -->\n{PARTS[part['name']]()}\n<!-- end -->",
        text,
    )


def pages() -> Iterator[tuple[Path, str]]:
    """Each page that has generated parts, and its text as it should be."""
    yield HERE / "events.md", events()
    yield asyncapi.DOCUMENT, asyncapi.text()
    for path in sorted(HERE.glob("*.md")):
        text = path.read_text()
        if PART.search(text):
            yield path, refreshed(text)


def main() -> int:
    """Write the pages that changed; the exit code is 0."""
    for path, text in (*pages(), (dictionary.PAGE, dictionary.current())):
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(path.relative_to(HERE.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())

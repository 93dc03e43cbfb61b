"""What each of ClickHouse's users may do, and no more: roles and grants from one declaration.

Readers get views alone. A view reads with the rights of `VIEWS_USER`, which nobody can log in as, so that whoever may
read a view needs no right to the raw tables below it, and gets none.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from config.settings import Settings
from pipeline.access import GATEWAY, user_of
from sinks import shards, tables
from sinks.errors import SinkError
from sinks.migrate import substitutions

SINKS, FORECAST, ANALYST, ERASER, MIGRATOR = "sinks", "forecast", "analyst", "eraser", "migrator"
ROLES = (SINKS, GATEWAY, FORECAST, ANALYST, ERASER, MIGRATOR)
VIEWS_USER = user_of("views")
FEED = "feed_final_windows"
FED = "raw_final_windows"
LEDGER = "schema_migrations"
ERASURES = "raw_erasures"
# What the gateway's questions are asked of.
GATEWAY_VIEWS = (
    "agg_concept_outlook",
    "agg_learner_patterns",
    "agg_model_scores",
    "dim_learner_concepts",
    "dim_learners",
    "fact_alerts",
    "fact_expectations",
    "fact_interventions",
    "fact_mastery",
    "fact_responses",
    "fact_rewards",
)
# What the forecast counts, when it came and what it cost: nobody's name and no text.
FORECAST_READS: Mapping[str, tuple[str, ...]] = {
    "raw_attempts": ("kafka_appended_at",),
    "raw_messages": ("kafka_appended_at",),
    "raw_responses": ("cost_usd", "kafka_appended_at", "lost_usd"),
}
FORECASTS = "raw_load_forecasts"
FORECAST_SCORES = "agg_load_forecast_scores"
THEIRS = ("tenant_id", "learner_id")

# Columns with what a learner wrote or was told, word for word, and what may quote it. Analysts don't read them.
TEXT: Mapping[str, frozenset[str]] = {
    "fact_attempts": frozenset({"answer"}),
    "fact_calls": frozenset({"error"}),
    "fact_contexts": frozenset({"pieces"}),
    "fact_dead_letters": frozenset({"error", "headers", "payload", "record_key"}),
    "fact_erasures": frozenset({"reason", "requested_by"}),
    "fact_feedback": frozenset({"comment"}),
    "fact_learning_events": frozenset({"detail"}),
    "fact_messages": frozenset({"text"}),
    "fact_patterns": frozenset({"detail"}),
    "fact_responses": frozenset({"message_text", "prompt", "text", "tries"}),
}
# On everything in the database. It makes tables and views, so it may read what views are to read.
MIGRATIONS = (
    "CREATE DATABASE",
    "CREATE TABLE",
    "DROP VIEW",
    "ALTER TABLE",
    "ALTER VIEW MODIFY QUERY",
    "SELECT",
)

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """`privilege` on a table or view, of `columns` alone where they are named; `*` is every table."""

    table: str
    privilege: str
    columns: tuple[str, ...] = ()

    def on(self, database: str) -> str:
        """As `GRANT` takes it."""
        columns = f"({', '.join(self.columns)})" if self.columns else ""
        return f"{self.privilege}{columns} ON {database}.{self.table}"


@dataclass(frozen=True, slots=True)
class Known:
    """Columns by name of what is in the database: raw tables, those that hold their rows, and views."""

    raw: Mapping[str, tuple[str, ...]]
    stored: frozenset[str]
    views: Mapping[str, tuple[str, ...]]


def known(client: Client, database: str) -> Known:
    """What is there now. Raises `SinkError` where nothing is."""
    rows = client.query(
        "SELECT t.name, t.engine, groupArray(c.name) FROM system.tables AS t JOIN system.columns AS c "
        "ON c.database = t.database AND c.table = t.name WHERE t.database = {database:String} "
        "GROUP BY t.name, t.engine ORDER BY t.name",
        parameters={"database": database},
    ).result_rows
    raw = {name: tuple(columns) for name, _, columns in rows if name.startswith("raw_")}
    if not raw:
        raise SinkError(f"the database {database} has no tables yet: run masterx migrate")
    return Known(
        raw=raw,
        stored=frozenset(name for name, engine, _ in rows if name in raw and engine.endswith("MergeTree")),
        views={name: tuple(columns) for name, engine, columns in rows if engine == "View"},
    )


def planned(there: Known) -> dict[str, tuple[Right, ...]]:
    """Every right, by role."""
    return {
        SINKS: tuple(Right(table.name, "INSERT") for table in tables.ALL),
        GATEWAY: tuple(Right(view, "SELECT") for view in GATEWAY_VIEWS),
        FORECAST: (
            *(Right(table, "SELECT", columns) for table, columns in FORECAST_READS.items()),
            Right(FORECASTS, "INSERT"),
            Right(FORECAST_SCORES, "SELECT"),
        ),
        ANALYST: tuple(_without_text(there)),
        ERASER: tuple(_to_erase(there)),
        MIGRATOR: (
            *(Right(_EVERYTHING, privilege) for privilege in MIGRATIONS),
            Right(LEDGER, "INSERT"),
            Right(FED, "INSERT"),
        ),
    }


def of_views(there: Known) -> tuple[Right, ...]:
    """The rights that views read with, and that the feed of final windows writes with."""
    fed = next(name for name in (FED + shards.SUFFIX, FED) if name in there.raw)
    return (*(Right(name, "SELECT") for name in (*there.raw, *there.views)), Right(fed, "INSERT"))


def statements(
    there: Known, settings: Settings, passwords: Mapping[str, str], tenants: Sequence[str] = ()
) -> Iterator[str]:
    """SQL for ClickHouse's administrator; applied again it changes nothing, and takes away what is no longer planned.

    `passwords` are by user; who has none is not made. Each of `tenants` gets an analyst's role of its own, which sees
    rows of that tenant alone. Raises `SinkError` for a tenant that can't be part of a name.
    """
    database, on = settings.clickhouse_database, substitutions(settings)["on_cluster"]
    yield f"CREATE USER IF NOT EXISTS {_name(VIEWS_USER)}{on} HOST NONE"
    yield _grant(database, on, of_views(there), _name(VIEWS_USER))
    for view in (*sorted(there.views), FEED):
        yield f"ALTER TABLE {database}.{view}{on} MODIFY SQL SECURITY DEFINER DEFINER = {_name(VIEWS_USER)}"
    rights = planned(there)
    by_tenant = {tenant: _analyst_of(tenant) for tenant in tenants}
    for role, wanted in {**rights, **{name: tuple(_of_one_tenant(there)) for name in by_tenant.values()}}.items():
        yield f"CREATE ROLE IF NOT EXISTS {_role(role)}{on}"
        yield _grant(database, on, wanted, _role(role))
    if tenants:
        readers = ", ".join((_role(ANALYST), _role(GATEWAY), _role(MIGRATOR), _name(VIEWS_USER)))
        for view in _with_tenants(there):
            policy = f"ON {database}.{view}{on} USING"
            yield f"CREATE ROW POLICY IF NOT EXISTS masterx_all {policy} 1 TO {readers}"
            for tenant, role in by_tenant.items():
                name = _name(f"masterx_{tenant}")
                yield f"CREATE ROW POLICY OR REPLACE {name} {policy} {filter_of(tenant)} TO {_role(role)}"
    for role in (*rights, *by_tenant.values()):
        user = user_of(role)
        if user in passwords:
            digest = hashlib.sha256(passwords[user].encode()).hexdigest()
            login = f"IDENTIFIED WITH sha256_hash BY '{digest}'"
            yield f"CREATE USER IF NOT EXISTS {_name(user)}{on} {login}"
            yield f"ALTER USER {_name(user)}{on} {login}"
            yield f"GRANT{on} {_role(role)} TO {_name(user)}"
            yield f"ALTER USER {_name(user)}{on} DEFAULT ROLE {_role(role)}"


def users(tenants: Sequence[str] = ()) -> tuple[str, ...]:
    """Who logs in. Raises `SinkError` for a tenant that can't be part of a name."""
    return tuple(user_of(role) for role in (*ROLES, *map(_analyst_of, tenants)))


def filter_of(tenant: str) -> str:
    """Which rows of a view are the tenant's."""
    return f"tenant_id = '{tenant}'"


def _grant(database: str, on: str, rights: Iterable[Right], to: str) -> str:
    # One statement: at no instant does anybody have fewer rights than before and after.
    return f"GRANT{on} {', '.join(right.on(database) for right in rights)} TO {to} WITH REPLACE OPTION"


def _without_text(there: Known) -> Iterator[Right]:
    for view, columns in there.views.items():
        kept = tuple(column for column in columns if column not in TEXT.get(view, ()))
        yield Right(view, "SELECT", kept)
        # For DESCRIBE: the right to some columns alone does not do.
        yield Right(view, "SHOW COLUMNS")


def _with_tenants(there: Known) -> Iterator[str]:
    return (view for view, columns in there.views.items() if "tenant_id" in columns)


def _of_one_tenant(there: Known) -> Iterator[Right]:
    # A view without the column mixes all tenants.
    of_tenants = set(_with_tenants(there))
    return (right for right in _without_text(there) if right.table in of_tenants)


def _to_erase(there: Known) -> Iterator[Right]:
    for name in sorted(there.stored):
        if set(THEIRS) <= set(there.raw[name]):
            more = ("sent_at",) if name.removesuffix(shards.SUFFIX) == ERASURES else ()
            yield Right(name, "SELECT", (*THEIRS, *more))
            if not more:
                yield Right(name, "ALTER DELETE")


def _analyst_of(tenant: str) -> str:
    if not _TENANT.fullmatch(tenant):
        raise SinkError(f"{tenant!r} can't name a role: use letters, digits, '.', '-' and underscores")
    return f"{ANALYST}-{tenant}"


def _role(role: str) -> str:
    return _name(f"masterx_{role}")


def _name(name: str) -> str:
    return f"`{name}`"

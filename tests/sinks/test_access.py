"""What each app does in ClickHouse, done by its own code in an engine that allows it what is declared and no more."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from cli import exits
from cli.clickhouse import connected
from cli.exits import Failure
from cli.forecast.minutes import ATTEMPTS, MESSAGES, Minutes
from cli.forecast.outlook import outlook
from cli.forecast.scores import show
from cli.forecast.store import Store
from cli.learner import tables as learners
from cli.learner.who import Who
from cli.report import classes, experiment, learner, providers, segments
from cli.screen import note
from config.settings import Settings
from gateway.ahead import ahead
from gateway.history import history
from gateway.warehouse import Warehouse
from local.clickhouse import ClickHouse
from pipeline.delivery.record import Record
from sinks import access, queries, tables
from sinks.access import ANALYST, ERASER, FORECAST, SINKS, Known, Right
from sinks.client import connect
from sinks.errors import SinkError
from sinks.migrate import migrate
from sinks.writer import Writer
from tests.docs.blocks import blocks
from tests.docs.test_grafana import CHOICES, PANELS, written_out
from tests.gateway.questions import questions, sources, views_of
from tests.sinks.guarded import configured, only_rows
from tests.sinks.records import START, record
from tests.sinks.test_dead_letters import letter

pytestmark = [pytest.mark.stack]

DATABASE = "masterx"
ADA = Who("tenant", "learner-1")
# Events' texts in these tests are the field's name and a number.
WRITTEN = re.compile(r"\b(text|message_text|answer|comment|payload|evidence|prompt)-\d|not a valid")
# Lines that this program says to staff.
OWN_TEXTS = {"fact_alerts", "fact_interventions"}
ACCESS_DENIED = 497
ASKED = {"tenant": "tenant", "learner": "learner-1", "concept": "concept_id-1", "until": "2026-03-09 00:00:00"}


@dataclass(frozen=True)
class Place:
    """A data directory with tables, views and rows; `there` is what is in it."""

    directory: Path
    there: Known

    @contextmanager
    def acting(self, rights: Sequence[Right] | None, filters: str = "") -> Iterator[tuple[Client, Settings]]:
        """An engine on it whose user has `rights` alone."""
        config = configured(self.directory / "users", DATABASE, rights, access.of_views(self.there), filters)
        with engine(self.directory, config) as (client, settings):
            client.database = DATABASE
            yield client, settings


@contextmanager
def engine(directory: Path, config: Path) -> Iterator[tuple[Client, Settings]]:
    service = ClickHouse(directory, None, config)
    service.start()
    try:
        settings = Settings(_env_file=None, clickhouse_url=service.url)  # type: ignore[call-arg]
        client = connect(settings)
        yield client, settings
        client.close()
    finally:
        service.stop()


def batches() -> list[Record]:
    """Records of every topic that is stored, of three learners and of another tenant, and a dead letter."""
    found = [record(table.topic, number) for table in tables.ALL if table.topic for number in range(3)]
    found += [record(table.topic, 7, tenant_id="other") for table in tables.ALL if table.topic]
    return [*found, letter()]


async def written(settings: Settings) -> Any:
    """What the sinks' writer refuses of the records."""
    writer = Writer(settings)
    await writer.connect()
    try:
        return await writer.write_all(batches())
    finally:
        await writer.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Tables made by the migrator, rights given by the administrator, rows written by the sinks."""
    directory = tmp_path_factory.mktemp("rights")
    nothing = Known({access.FED: ()}, frozenset(), {})
    config = configured(directory / "users", DATABASE, access.planned(nothing)[access.MIGRATOR])
    with engine(directory, config) as (client, settings):
        assert migrate(client, settings)
        there = access.known(client, DATABASE)
    made = Place(directory, there)
    with made.acting(None) as (client, settings):
        for statement in access.statements(there, settings, {}):
            # The engine here keeps no users but those of its file.
            if statement.startswith("ALTER TABLE"):
                client.command(statement)
    with made.acting(access.planned(there)[SINKS]) as (client, settings):
        assert asyncio.run(written(settings)) == []
        denied(
            client, "SELECT count() FROM raw_messages", "SELECT count() FROM fact_messages", "DROP TABLE raw_messages"
        )
    return made


def denied(client: Client, *statements: str) -> None:
    for statement in statements:
        with pytest.raises(DatabaseError) as refused:
            client.command(statement)
        assert getattr(refused.value, "code", None) == ACCESS_DENIED, statement


async def test_the_gateway_s_questions_are_answered_and_no_others(place: Place) -> None:
    with place.acting(access.planned(place.there)["gateway"]) as (client, settings):
        warehouse = Warehouse(settings)
        message = str(
            client.query(
                "SELECT message_id FROM fact_responses WHERE tenant_id = 'tenant' AND learner_id = 'learner-1'"
            ).first_row[0]
        )
        assert (await warehouse.profile(ADA.tenant, ADA.learner))["learner_id"] == ADA.learner
        assert (await warehouse.why(ADA.tenant, ADA.learner, message))["message_id"] == message
        assert (await history(warehouse, ADA.tenant, ADA.learner))["replies"]
        coming = await ahead(warehouse, ADA.tenant)
        assert coming["mastery"]
        assert coming["reviews"]
        for sql in questions().values():
            await warehouse.rows(sql, tenant=ADA.tenant, learner=ADA.learner, id=message)
        await warehouse.close()
        denied(client, "SELECT text FROM fact_messages", "SELECT prompt FROM raw_responses", "SELECT 1 FROM dim_items")
        denied(client, "INSERT INTO raw_messages (tenant_id) VALUES ('x')", "CREATE VIEW mine AS SELECT 1")


def test_the_gateway_may_read_what_it_names_and_no_more(place: Place) -> None:
    assert {name for name in views_of(sources()) if name in place.there.views} == set(access.GATEWAY_VIEWS)
    assert not [name for name in views_of(sources()) if name in place.there.raw]


def test_the_forecast_counts_stores_and_reads_no_more(place: Place) -> None:
    with place.acting(access.planned(place.there)[FORECAST]) as (client, _):
        minutes = Minutes()
        minutes.look(client, START / 1e6 + 3 * 3600)
        assert sum(minutes.hours(MESSAGES)) > 0
        found = outlook(minutes.hours)
        assert {MESSAGES, ATTEMPTS} <= set(found)
        Store().keep(client, minutes, found)
        show(client, json=False)
        denied(client, "SELECT text FROM raw_messages", "SELECT learner_id FROM raw_attempts")
        denied(client, "SELECT expected FROM raw_load_forecasts", "SELECT text FROM fact_messages")
        denied(client, "INSERT INTO raw_messages (tenant_id) VALUES ('x')", "DROP TABLE raw_load_forecasts")
    with place.acting(access.planned(place.there)[ANALYST]) as (client, _):
        stored = client.query("SELECT kind, expected, yesterday FROM fact_load_forecasts ORDER BY kind").result_rows
        assert stored == sorted((kind, one.expected, None) for kind, one in found.items())
    with place.acting(access.planned(place.there)[SINKS]) as (client, _):
        denied(client, "INSERT INTO raw_load_forecasts (kind) VALUES ('messages')")
    reading = [right for right in access.planned(place.there)[FORECAST] if right.privilege == "SELECT"]
    lacking = pytest.raises(Failure, match="this user lacks a right")
    with place.acting(reading) as (_, settings), lacking as refused, connected(settings) as client:
        Store().keep(client, minutes, found)
    assert refused.value.code == exits.BAD_SETTING


def test_analysts_read_every_view_and_nothing_that_anybody_wrote(place: Place) -> None:
    rights = access.planned(place.there)[ANALYST]
    reading = [right for right in rights if right.privilege == "SELECT"]
    assert {right.table for right in reading} == set(place.there.views)
    with place.acting(rights) as (client, _):
        filled = 0
        for right in reading:
            rows = client.query(f"SELECT {', '.join(right.columns)} FROM {right.table}").result_rows
            filled += bool(rows)
            assert right.table in OWN_TEXTS or not WRITTEN.search(str(rows)), right.table
            described = {row[0] for row in client.query(f"DESCRIBE {right.table}").result_rows}
            assert described == set(place.there.views[right.table])
        assert filled > len(reading) / 2
        for view, columns in access.TEXT.items():
            denied(client, *(f"SELECT {column} FROM {view}" for column in columns))
        denied(client, "SELECT learner_id FROM raw_messages", "SELECT text FROM raw_messages")
        # What dashboards ask, they may.
        for sql in CHOICES:
            client.query(sql)
        for panel in PANELS:
            client.query(written_out(panel.values[1]))
        for sql in queries.load().values():
            client.query(sql, parameters=ASKED)
        # Of what their page asks, all but the question that shows texts.
        for block in blocks("analysts.md"):
            if block.language == "sql" and "FROM fact_messages" not in block.text:
                client.query(block.text)
        assert client.query("SELECT * EXCEPT answer FROM fact_attempts").result_rows
        assert classes.numbers(client, ADA.tenant, "", note)["totals"]["attempts"] == 3
        assert learner.numbers(client, ADA.tenant, ADA.learner, note)["attempts"] == 1
        assert providers.numbers(client, ADA.tenant, note)["calls"]
        segments.numbers(client, ADA.tenant, "", note)
        experiment.numbers(client, "none", (), note)


def test_what_is_kept_from_analysts_is_there_to_be_kept(place: Place) -> None:
    for view, columns in access.TEXT.items():
        assert columns <= set(place.there.views[view])


def test_the_eraser_counts_and_deletes_and_reads_nothing_else(place: Place) -> None:
    with place.acting(None) as (client, _):
        every = learners.holders(client)
        before = learners.counts(client, every, ADA)
    assert sum(before.values()) >= len(every) - 1
    with place.acting(access.planned(place.there)[ERASER]) as (client, _):
        assert learners.holders(client) == every
        assert learners.counts(client, every, ADA) == before
        gone = [name for name in every if name != learners.RECORD and before[name]]
        assert list(learners.delete(client, {name: before[name] for name in gone}, ADA)) == gone
        after = learners.counts(client, every, ADA)
        assert after == {**dict.fromkeys(every, 0), learners.RECORD: before[learners.RECORD]}
        assert "erased on request" in str(learners.absent(client, ADA))
        denied(client, "SELECT text FROM raw_messages", f"ALTER TABLE {learners.RECORD} DELETE WHERE 1")


def test_an_analyst_of_one_tenant_sees_that_tenant_alone(place: Place) -> None:
    there = place.there
    rights = [right for right in access.planned(there)[ANALYST] if "tenant_id" in there.views[right.table]]
    assert {"agg_experiment_arms", "dim_providers", "fact_load_forecasts"}.isdisjoint(right.table for right in rights)
    views = [right.table for right in rights]
    with place.acting(rights, only_rows(DATABASE, views, access.filter_of("tenant"))) as (client, _):
        seen: dict[str, set[str]] = {}
        for view in views:
            seen[view] = {row[0] for row in client.query(f"SELECT DISTINCT tenant_id FROM {view}").result_rows}
    assert seen["fact_messages"] == seen["agg_reply_cache"] == {"tenant"}
    assert set().union(*seen.values()) == {"tenant"}


def test_every_statement_is_one_that_clickhouse_understands(place: Place) -> None:
    with place.acting(None) as (client, settings):
        for cluster in ("", "ours"):
            chosen = settings.model_copy(update={"clickhouse_cluster": cluster})
            passwords = dict.fromkeys(access.users(("school",)), "tell-nobody")
            every = list(access.statements(place.there, chosen, passwords, ("school",)))
            for statement in every:
                understood = client.query("SELECT formatQuery({q:String})", parameters={"q": statement}).first_row[0]
                assert understood.replace("`", "").split()[:2] == statement.replace("`", "").split()[:2]
                assert ("ON CLUSTER ours" in understood) is bool(cluster)
            text = "\n".join(every)
            assert "tell-nobody" not in text
            assert "CREATE ROW POLICY OR REPLACE `masterx_school` ON masterx.fact_messages" in text
            assert text.count("CREATE ROLE") == len(access.ROLES) + 1


@pytest.mark.parametrize("tenant", ["a'b", "", "a`", "*"])
def test_a_tenant_that_can_not_be_a_name_is_refused(tenant: str) -> None:
    with pytest.raises(SinkError, match="can't name a role"):
        access.users((tenant,))

"""Tables, events and the real schema agree with each other."""

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from schemas import catalogue, topics
from sinks import tables
from sinks.columns import Table

EVENT_TABLES = [table for table in tables.ALL if table.topic is not None]


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_field_has_a_column_or_a_reason_for_none(table: Table) -> None:
    assert table.topic is not None
    fields = {field["name"] for field in catalogue.declared(table.topic.event)["fields"]}
    stored = {column.source for column in table.columns} - {""}
    assert stored | set(table.left_out) == fields
    assert not stored & set(table.left_out)


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_field_of_a_nested_record_has_a_column(table: Table) -> None:
    assert table.topic is not None
    for field in catalogue.declared(table.topic.event)["fields"]:
        columns = [column.name for column in table.columns if column.source == field["name"]]
        if columns and columns != [field["name"]]:
            assert len(columns) == len(field["type"]["fields"])


def test_every_topic_but_internal_ones_is_stored() -> None:
    stored = {table.topic for table in EVENT_TABLES}
    assert set(topics.ALL) - stored == {topics.SHARED, topics.MINUTES}
    for topic in topics.ALL:
        assert tables.of_topic(topic.dlq).name == "raw_dead_letters"


def test_a_topic_without_a_table_is_named() -> None:
    with pytest.raises(LookupError, match=r"masterx\.shared"):
        tables.of_topic("masterx.shared")


@pytest.mark.stack
@pytest.mark.parametrize("table", tables.ALL, ids=lambda table: table.name)
def test_the_database_has_these_columns_and_no_others_to_fill(
    table: Table, database: Client, settings: Settings
) -> None:
    rows = database.query(
        "SELECT name, default_kind FROM system.columns WHERE database = {d:String} AND table = {t:String}",
        parameters={"d": settings.clickhouse_database, "t": table.name},
    ).result_rows
    assert sorted(name for name, default in rows if not default) == sorted(table.names)
    assert {name for name, default in rows if default} == {"ingested_at", "version"}


@pytest.mark.stack
def test_every_table_view_and_column_is_described(database: Client, settings: Settings) -> None:
    parameters = {"d": settings.clickhouse_database}
    bare = database.query(
        "SELECT table, name FROM system.columns "
        "WHERE database = {d:String} AND comment = '' AND NOT startsWith(table, 'feed_')",
        parameters=parameters,
    ).result_rows
    assert bare == []
    unnamed = database.query(
        "SELECT name FROM system.tables WHERE database = {d:String} AND comment = ''", parameters=parameters
    ).result_rows
    assert unnamed == []


@pytest.mark.stack
def test_every_table_has_its_view(database: Client, settings: Settings) -> None:
    views = database.query(
        "SELECT name FROM system.tables WHERE database = {d:String} AND engine = 'View'",
        parameters={"d": settings.clickhouse_database},
    ).result_rows
    expected = {table.name.replace("raw_", "fact_", 1) for table in tables.ALL} | {
        "dim_learners",
        "fact_windows",
        "agg_reply_cache",
        "fact_final_windows",
        *("fact_calls", "fact_expectations", "fact_mastery", "fact_states"),
        *("dim_learner_concepts", "dim_concepts", "dim_items", "dim_sessions", "dim_courses", "dim_providers"),
        "agg_layers",
        "agg_concept_outlook",
        "agg_concept_outlook_scores",
        "agg_model_scores",
        "agg_model_calibration",
        "fact_patterns",
        "agg_learner_patterns",
        "agg_paths_before_mastery",
        "agg_paths_before_leaving",
        "fact_assignments",
        "agg_experiment_learners",
        "agg_experiment_arms",
        "agg_experiment_effects",
        *("fact_load_forecasts", "fact_load_outcomes", "agg_load_forecast_scores"),
    }
    assert {name for (name,) in views} == expected

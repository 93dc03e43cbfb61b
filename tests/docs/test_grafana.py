"""Grafana's dashboards: every panel's SQL, asked of the real engine with its macros written out as the plugin does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from clickhouse_connect.driver.client import Client

from tests.deploy.test_compose import SERVICES
from tests.docs.classroom import TENANT

HERE = Path(__file__).parent.parent.parent / "deploy" / "grafana"
SOURCE = yaml.safe_load((HERE / "provisioning" / "datasources" / "clickhouse.yaml").read_text())["datasources"][0]
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((HERE / "dashboards").glob("*.json"))
}
PANELS = [
    pytest.param(panel, target["rawSql"], id=f"{name}-{panel['id']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
]
# What the variables above the panels are chosen from.
CHOICES = [variable["query"] for dashboard in DASHBOARDS.values() for variable in dashboard["templating"]["list"]]
# What the class of tests/docs/classroom.py has nothing of.
EMPTY = {"Anomalies", "Mastered and lost", "Learners at risk", "Refused records"}
BEGIN, END = "2026-03-01 00:00:00", "2026-03-09 00:00:00"
MACROS = {
    r"\$__timeFilter\((\w+)\)": rf"\1 >= toDateTime('{BEGIN}', 'UTC') AND \1 <= toDateTime('{END}', 'UTC')",
    r"\$__timeInterval\((\w+)\)": r"toStartOfInterval(toDateTime(\1), INTERVAL 60 second)",
    r"\$\{tenant:sqlstring\}": f"'{TENANT}','another'",
}


def written_out(sql: str) -> str:
    for pattern, meaning in MACROS.items():
        sql = re.sub(pattern, meaning, sql)
    assert "$" not in sql, "a macro that this test does not know"
    return sql


@pytest.mark.parametrize(("panel", "sql"), PANELS)
def test_a_panels_query_runs_and_finds_what_is_there(afternoon: Client, panel: dict[str, Any], sql: str) -> None:
    found = afternoon.query(written_out(sql))
    assert bool(found.result_rows) == (panel["title"] not in EMPTY)
    if panel["type"] == "timeseries" and found.result_rows:
        assert found.column_names[0] == "time"
        assert isinstance(found.result_rows[0][-1], int | float)
    assert panel["description"]


def test_the_panel_of_cost_shows_all_that_is_paid(afternoon: Client) -> None:
    ((sql,),) = (
        [target["rawSql"] for target in panel["targets"]]
        for panel in DASHBOARDS["masterx-pipeline"]["panels"]
        if panel["title"] == "Cost"
    )
    # The class lost no call: each of its replies is paid for once more.
    lost = "(SELECT * REPLACE (cost_usd * 2 AS lost_usd) FROM fact_responses)"
    shown = afternoon.query(written_out(sql).replace("FROM fact_responses", f"FROM {lost}")).result_rows
    ((paid,),) = afternoon.query("SELECT toFloat64(sum(cost_usd) * 3) FROM fact_responses").result_rows
    assert sum(usd for _, _, usd in shown) == pytest.approx(paid)


def test_learners_of_two_tenants_with_one_id_are_two(afternoon: Client) -> None:
    others = "SELECT * REPLACE ('another' AS tenant_id) FROM fact_attempts"
    both = f"(SELECT * FROM fact_attempts UNION ALL {others})"
    for panel, sql in (param.values for param in PANELS):
        text = written_out(sql)
        if panel["title"] == "Hardest concepts":
            one, two = (afternoon.query(asked) for asked in (text, text.replace("FROM fact_attempts", f"FROM {both}")))
            assert [2 * learners for learners in one.result_columns[1]] == list(two.result_columns[1])
        shown = afternoon.query(text).column_names
        assert "tenant_id" in shown or "learner_id" not in shown


def test_the_tenants_to_choose_from(afternoon: Client) -> None:
    for sql in CHOICES:
        assert afternoon.query(sql).result_rows == [(TENANT,)]


def test_dashboards_ask_the_source_that_is_provisioned_with_the_plugin_that_is_installed() -> None:
    environment = SERVICES["grafana"]["environment"]
    plugin, _, version = environment["GF_PLUGINS_PREINSTALL"].partition("@")
    assert SOURCE["type"] == plugin
    text = json.dumps([SOURCE["jsonData"], SOURCE["secureJsonData"]])
    assert set(re.findall(r"\$(\w+)", text)) <= set(environment)
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            assert panel["datasource"] == {"type": plugin, "uid": SOURCE["uid"]}
            assert {target["pluginVersion"] for target in panel["targets"]} == {version}
        places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
        assert len(set(places)) == len(places)

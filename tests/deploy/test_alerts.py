"""The alert rules name metrics that exist, labels that they have, and pages that can be read."""

import re
from typing import Any

import pytest
import yaml

from cli.apps import APPS
from pipeline.telemetry import metrics
from tests.deploy.settings_read import ROOT

GROUPS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"]
RULES: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
EXPOSED = {f"{m.name}{'_total' if m.kind == 'counter' else ''}": m for m in metrics.ALL}
ADDED_BY_PROMETHEUS = {"job", "instance"}


def metrics_of(rule: dict[str, Any]) -> list[str]:
    return re.findall(r"\bmasterx_\w+", rule["expr"])


@pytest.mark.parametrize("name", RULES)
def test_metrics_are_those_that_workers_and_gateways_have(name: str) -> None:
    found = metrics_of(RULES[name])
    assert set(found) <= set(EXPOSED)
    assert found or RULES[name]["expr"].startswith("up{")


@pytest.mark.parametrize("name", RULES)
def test_labels_are_those_of_the_metrics(name: str) -> None:
    rule = RULES[name]
    known = {label for metric in metrics_of(rule) for label in EXPOSED[metric].labels} | ADDED_BY_PROMETHEUS
    grouped = {word.strip() for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for word in group.split(",")}
    matched = set(re.findall(r"[{,]\s*(\w+)\s*(?:=|!=)", rule["expr"]))
    assert grouped | matched <= known
    written = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    # What is summed up has only the labels that it was summed up by.
    assert written <= (grouped or known)


def test_what_is_gone_is_missed_in_each_job_that_is_scraped() -> None:
    jobs = {rule["expr"] for rule in RULES.values() if rule["expr"].startswith("up{")}
    assert jobs == {f'up{{job="{group["name"]}"}} == 0' for group in GROUPS}
    page = (ROOT / "docs/operators.md").read_text()
    assert all(f"`{group['name']}`" in page for group in GROUPS)


def test_an_app_without_any_worker_is_missed() -> None:
    stages = re.findall(r'absent\(masterx_stage_in_flight\{stage="(\w+)"\}\)', RULES["AppGone"]["expr"])
    sources = {
        app: "".join((ROOT / f"{module.replace('.', '/')}.py").read_text() for module in modules)
        for app, modules in APPS.items()
    }
    assert [next(app for app in APPS if f'"{stage}"' in sources[app]) for stage in stages] == [*APPS]


@pytest.mark.parametrize("name", RULES)
def test_only_counters_are_rated_and_only_gauges_are_derived(name: str) -> None:
    for function, metric in re.findall(r"(rate|increase|deriv|delta)\((masterx_\w+)", RULES[name]["expr"]):
        assert (EXPOSED[metric].kind == "counter") == (function in ("rate", "increase")), metric


@pytest.mark.parametrize("name", RULES)
def test_each_names_its_cause_and_a_section_that_is_there(name: str) -> None:
    rule = RULES[name]
    assert rule["for"]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["cause"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (ROOT / page).read_text(), flags=re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", RULES)
def test_a_sum_tells_groups_apart(name: str) -> None:
    # Most topics are read by two groups: one that goes on must not hide the other, which stands still.
    expression = RULES[name]["expr"]
    if any("group" in EXPOSED[metric].labels for metric in metrics_of(RULES[name])):
        groupings = re.findall(r"by \(([^)]*)\)", expression)
        assert len(groupings) == len(re.findall(r"\bsum\b", expression))
        assert all("group" in grouping.split(", ") for grouping in groupings)


def test_parentheses_close() -> None:
    for rule in RULES.values():
        assert rule["expr"].count("(") == rule["expr"].count(")")

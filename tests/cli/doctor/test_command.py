import json

import pytest

from cli import exits
from tests.cli.conftest import Masterx


def findings(out: str) -> dict[str, dict[str, str]]:
    return {found["part"]: found for found in map(json.loads, out.splitlines())}


def test_with_nothing_running_it_says_what_is_missing_and_how_to_mend_it(masterx: Masterx) -> None:
    done = masterx("doctor")
    assert done.code == exits.BAD_RESULT
    assert "Traceback" not in done.err
    assert done.err == "2 parts are missing: Kafka, ClickHouse\n"
    lines = done.out.splitlines()
    for part in ("Kafka", "ClickHouse"):
        [place] = [n for n, line in enumerate(lines) if line.startswith("missing") and f" {part}: " in line]
        assert lines[place + 1].split() == ["->", "masterx", "up"]


def test_everything_that_is_not_ok_has_a_command_that_mends_it(masterx: Masterx) -> None:
    found = findings(masterx("doctor", "--json").out)
    assert {part for part, finding in found.items() if finding["state"] != "ok" and not finding["mend"]} == set()
    assert found["Redis"]["state"] == "absent"
    assert found["Python"]["state"] == "ok"


@pytest.mark.kafka
def test_with_everything_running_nothing_is_missing(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("doctor", "--json", **services)
    found = findings(done.out)
    assert (done.code, done.err) == (exits.OK, "")
    for part in ("Kafka", "topics", "ClickHouse", "tables", "Redis"):
        assert found[part]["state"] == "ok", found[part]
    assert "Valkey 9" in found["Redis"]["detail"] or "Redis" in found["Redis"]["detail"]


@pytest.mark.kafka
def test_tables_that_are_not_there_are_missing(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("doctor", "--json", **{**services, "MASTERX_CLICKHOUSE_DATABASE": "not_there"})
    assert done.code == exits.BAD_RESULT
    tables = findings(done.out)["tables"]
    assert (tables["state"], tables["mend"]) == ("missing", "masterx migrate")


def test_a_provider_with_its_key_is_ready_and_its_key_is_not_shown(masterx: Masterx) -> None:
    done = masterx("doctor", "--json", GROQ_API_KEY="sesame-7")
    assert findings(done.out)["provider groq"]["state"] == "ok"
    assert "sesame" not in done.out + done.err


def test_a_providers_file_that_is_wrong_is_missing(masterx: Masterx) -> None:
    found = findings(masterx("doctor", "--json", MASTERX_PROVIDERS_FILE="/nowhere.yaml").out)
    assert found["providers"]["state"] == "missing"
    assert "/nowhere.yaml" in found["providers"]["detail"]


def test_a_registry_that_does_not_answer_is_missing(masterx: Masterx) -> None:
    found = findings(masterx("doctor", "--json", MASTERX_SCHEMA_REGISTRY_URL="http://127.0.0.1:1").out)
    assert found["schema registry"]["state"] == "missing"


def test_a_data_directory_that_can_not_be_written_is_missing(masterx: Masterx) -> None:
    found = findings(masterx("doctor", "--json", MASTERX_DATA_DIR="/proc/masterx").out)
    assert found["data directory"]["state"] == "missing"

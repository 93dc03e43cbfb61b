import uuid

import pytest

from cli import exits
from sinks.migrate import migrations
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.stack


def test_a_new_database_gets_every_migration_once(masterx: Masterx, services: dict[str, str]) -> None:
    variables = {**services, "MASTERX_CLICKHOUSE_DATABASE": f"cli_{uuid.uuid4().hex[:8]}"}
    first = masterx("migrate", **variables)
    assert first.code == exits.OK
    assert first.out.splitlines() == [f"{migration.number:04d}_{migration.name}" for migration in migrations()]
    again = masterx("migrate", **variables)
    assert (again.code, again.out) == (exits.OK, "")
    assert "0 migrations applied" in again.err
    masterx("sql", f"DROP DATABASE {variables['MASTERX_CLICKHOUSE_DATABASE']}", **services)


def test_a_database_name_that_can_not_be_is_a_wrong_setting(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("migrate", **{**services, "MASTERX_CLICKHOUSE_DATABASE": "a-b"})
    assert done.code == exits.BAD_SETTING
    assert "a-b" in done.error

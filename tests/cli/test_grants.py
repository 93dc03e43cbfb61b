import hashlib
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Masterx

pytestmark = [pytest.mark.stack]


def test_the_statements_name_what_is_there_and_hold_no_password(
    masterx: Masterx, services: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "masterx-sinks").write_text("tell-nobody\n")
    done = masterx("grants", "--passwords", "secrets", "--tenant", "school", **services)
    assert done.code == exits.OK
    assert "INSERT ON cli_tests.raw_messages" in done.out
    assert "USING tenant_id = 'school' TO `masterx_analyst-school`;" in done.out
    digest = hashlib.sha256(b"tell-nobody").hexdigest()
    assert f"CREATE USER IF NOT EXISTS `masterx-sinks` IDENTIFIED WITH sha256_hash BY '{digest}';" in done.out
    without = "masterx-gateway, masterx-forecast, masterx-analyst, masterx-eraser, masterx-migrator"
    assert f"no password for {without}" in done.err
    assert "tell-nobody" not in done.out + done.err


def test_a_server_that_keeps_no_users_is_one_line(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("grants", "--apply", **services)
    assert done.code == exits.BAD_SETTING
    assert "this user lacks a right" in done.error


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--tenant", "a'b"), exits.BAD_SETTING, "can't name a role"),
        (("--passwords", "nowhere"), exits.NO_INPUT, "there is no folder nowhere"),
    ],
)
def test_what_can_not_be_meant_is_one_line(
    masterx: Masterx, services: dict[str, str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = masterx("grants", *arguments, **services)
    assert (done.code, said in done.error) == (code, True)


def test_a_database_without_tables_names_what_makes_them(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("grants", **{**services, "MASTERX_CLICKHOUSE_DATABASE": "nothing_here"})
    assert "run masterx migrate" in done.error

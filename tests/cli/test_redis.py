import hashlib
from pathlib import Path

import pytest

from cli import exits
from local.valkey import Valkey
from tests.cli.conftest import Masterx


def test_the_file_has_a_line_for_each_user_and_no_password(masterx: Masterx, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "masterx-routing").write_text("tell-nobody\n")
    done = masterx("redis", "acls", "--passwords", "secrets")
    assert done.code == exits.OK
    users = [line.split()[1] for line in done.out.splitlines()]
    assert users == ["default", "masterx-routing", "masterx-gateway", "masterx-operator"]
    assert f"masterx-routing on #{hashlib.sha256(b'tell-nobody').hexdigest()} " in done.out
    assert "no password for masterx-gateway, masterx-operator" in done.err
    assert "tell-nobody" not in done.out + done.err


def test_a_folder_that_is_not_there_is_code_66(masterx: Masterx) -> None:
    done = masterx("redis", "acls", "--passwords", "nowhere")
    assert (done.code, "nowhere" in done.error) == (exits.NO_INPUT, True)


def test_a_server_that_is_away_is_one_line_and_code_69(masterx: Masterx) -> None:
    done = masterx("redis", "acls", "--check")
    assert (done.code, "does not answer" in done.error) == (exits.UNAVAILABLE, True)


@pytest.mark.stack
def test_a_server_without_users_and_one_with_a_wrong_login(masterx: Masterx, tmp_path: Path) -> None:
    server = Valkey(tmp_path / "valkey")
    server.start()
    try:
        open_to_all = masterx("redis", "acls", "--check", MASTERX_REDIS_URL=server.url)
        assert open_to_all.code == exits.BAD_RESULT
        assert "is not there" in open_to_all.out
        assert "4 users, 4 of them not as they should be" in open_to_all.err
        refused = masterx(
            "redis",
            "acls",
            "--check",
            MASTERX_REDIS_URL=server.url,
            MASTERX_REDIS_USER="me",
            MASTERX_REDIS_PASSWORD="hush",
        )
        assert refused.code == exits.BAD_SETTING
        assert "refuses user 'me'" in refused.error
        assert "hush" not in refused.error
    finally:
        server.stop()

import re
import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import ConnectionPool
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from config.redis import RedisSecurityError, explained, refusal, shown, url
from config.settings import Settings


def options(**changes: object) -> dict[str, object]:
    """What the client library reads out of the address."""
    return dict(ConnectionPool.from_url(url(Settings().model_copy(update=changes))).connection_kwargs)


def test_without_a_login_the_address_is_the_setting() -> None:
    assert url(Settings(redis_url="redis://cache:6379/2")) == "redis://cache:6379/2"


def test_user_password_and_authority_reach_the_client_as_they_are(tmp_path: Path) -> None:
    authority = tmp_path / "who signed.pem"
    authority.write_text(Path(ssl.get_default_verify_paths().cafile or "").read_text())
    login = {"redis_user": "masterx-routing", "redis_password": SecretStr("a/b:c@d% e?#")}
    found = options(redis_url="rediss://cache/0", redis_ca_file=str(authority), **login)
    assert (found["username"], found["password"]) == ("masterx-routing", "a/b:c@d% e?#")
    assert (found["host"], found["ssl_ca_certs"]) == ("cache", str(authority))
    # Of an address with a login of its own, the settings replace what they name.
    found = options(redis_url="redis://old%40x:p%25q@cache:1/0", redis_user="new", redis_password=SecretStr(""))
    assert (found["username"], found["password"], found["port"]) == ("new", "p%q", 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"redis_url": "http://u:hush@cache"}, "MASTERX_REDIS_URL is no redis://"),
        ({"redis_user": "masterx-routing"}, "MASTERX_REDIS_PASSWORD is missing"),
        ({"redis_url": "rediss://cache/0", "redis_ca_file": "/nowhere/ca.pem"}, "MASTERX_REDIS_CA_FILE: /nowhere"),
    ],
    ids=["address", "password", "authority"],
)
def test_a_setting_that_can_not_be_used_is_named(changes: dict[str, str], said: str) -> None:
    with pytest.raises(RedisSecurityError, match=said) as raised:
        url(Settings().model_copy(update=changes))
    assert "hush" not in str(raised.value)


def test_an_authority_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(RedisSecurityError, match="holds no certificate"):
        url(Settings(redis_url="rediss://cache/0", redis_ca_file=str(tmp_path / "ca.pem")))


@pytest.mark.parametrize(
    ("error", "said", "mended_by_patience"),
    [
        (AuthenticationError("invalid username-password pair"), "refuses user 'ada-min'", False),
        (NoPermissionError("User x has no permissions to run the 'hget' command"), "the command hget", False),
        (NoPermissionError("Command # 1 (SET key Ada's words) of pipeline caused error: no"), "a key or", False),
        (ResponseError("Command # 2 (SET key Ada's\nwords) of pipeline caused error: OOM"), "answer at .*: OOM", True),
        (ssl.SSLCertVerificationError("self-signed"), "set MASTERX_REDIS_CA_FILE", False),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "speaks no TLS", False),
        (TimeoutError(), "does not answer at redis://cache:1/0: TimeoutError", True),
    ],
)
def test_what_goes_wrong_is_one_line_without_words_of_learners(
    error: Exception, said: str, mended_by_patience: bool
) -> None:
    address = "redis://ada-min:hush@cache:1/0?x=y"
    (line,) = explained(error, address).splitlines()
    assert re.search(said, line)
    assert "hush" not in line
    assert "Ada" not in line
    assert (refusal(error, address) is None) is mended_by_patience


def test_an_address_is_shown_without_its_login() -> None:
    assert shown("rediss://u:p@cache:1/0?ssl_ca_certs=x") == "rediss://cache:1/0"

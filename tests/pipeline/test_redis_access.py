"""What each app's code does on a Valkey with TLS, passwords and rights, as the user that is declared for it."""

import asyncio
import gc
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from agents.routing.cache.scope import Scope
from cli.doctor import services
from cli.doctor.finding import State
from cli.learner import cache
from cli.learner.who import Who
from cli.stack import settings_for
from config.redis import url
from config.settings import Settings
from gateway import limits as limits_module
from gateway.limits import Limits
from gateway.listen import Listener
from gateway.refusal import Refusal
from local.ports import free_port
from local.tls_door import TlsDoor
from local.valkey import ADMIN, Valkey, ValkeySecurity, make_security
from pipeline import redis_access
from pipeline.access import user_of
from pipeline.notices import RedisNotices
from pipeline.redis_client import blocking
from pipeline.replies import RedisReplies
from pipeline.tokens import TokenPublisher
from schemas.provider_notices import CHANNEL, KEPT, Notice
from schemas.redis_keys import LIMITS, REPLIES
from schemas.token_frames import PREFIX, channel

pytestmark = [pytest.mark.stack]

SCORED = {"tenant_id": "school", "learner_id": "ada", "message_id": "m", "session_id": None}
ADA = b"school/ada"
CHANNELS = (CHANNEL, channel(ADA))
# How many listen at each of them.
Subscribed = Callable[[], Mapping[bytes, int]]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeySecurity]:
    place = tmp_path_factory.mktemp("guarded")
    security = make_security(place / "security", free_port(), redis_access.planned())
    valkey = Valkey(place, None, security)
    door = TlsDoor("valkey", place, valkey.port, security.pem, security.port)
    for service in (valkey, door):
        service.start()
    yield security
    for service in (door, valkey):
        service.stop()


@pytest.fixture(scope="module")
def admin(guarded: ValkeySecurity) -> Iterator[Redis]:
    with blocking(url(as_user(guarded, ADMIN)), 20) as client:
        yield client


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is not an absent Redis."""
    monkeypatch.setattr(limits_module, "PATIENCE_SECONDS", 20.0)
    for client in ("pipeline.replies", "pipeline.tokens", "pipeline.notices", "gateway.listen"):
        monkeypatch.setattr(f"{client}.ANSWER_SECONDS", 20.0)
    monkeypatch.setattr(services, "SECONDS", 20.0)


@pytest.fixture
async def goodbyes() -> AsyncIterator[None]:
    """A TLS connection that is let go of while it is read from is closed once the other side has said goodbye too: a
    loop that ended before would leave its socket open, and another test would be blamed for it."""
    before = connections()
    yield
    await until(lambda: connections() <= before)


def connections() -> set[int]:
    """What is open in this process of the sockets that nobody waits on: those of an event loop."""
    sockets = [one for one in gc.get_objects() if isinstance(one, socket.socket)]
    return {one.fileno() for one in sockets if one.fileno() >= 0 and one.gettimeout() == 0}


def as_user(guarded: ValkeySecurity, user: str, **changes: Any) -> Settings:
    return settings_for(guarded.environment(user)).model_copy(update=changes)


async def until(done: Callable[[], bool]) -> None:
    for _ in range(3000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


@asynccontextmanager
async def closing(*made: Any) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for one in made:
            await one.close()


async def route(address: str, subscribed: Subscribed) -> None:
    """All that a routing worker does with Redis."""
    tokens, replies = TokenPublisher(address), RedisReplies(address)
    notices, others = RedisNotices(address), RedisNotices(address)
    heard: list[Notice] = []
    async with closing(tokens, replies, notices, others):
        tokens.teller(SCORED)("r", 1, 0, "Half")
        key = Scope("learner", "school/ada", "0").key
        await replies.keep(key, b"One of two.", 100)
        assert await replies.get([key]) == [b"One of two."]
        others.listen(["slow"], heard.append)
        notices.listen(["slow"], lambda _notice: None)
        await until(lambda: subscribed()[CHANNEL.encode()] == 2)
        told = (Notice("slow", "open", 1.0, 1.0, 1.0), Notice("slow", "closed"), Notice("slow", "limited", 30.0))
        for notice in told:
            notices.tell(notice)
        await until(lambda: notices.counts["told"] == 3 and tokens.counts["published"] == 1)
        await until(lambda: {notice.kind for notice in heard} >= {"closed", "limited"})
        assert not replies.away


async def serve(address: str, subscribed: Subscribed) -> None:
    """All that a gateway does with Redis."""
    limits = Limits(address, learner_minute=1, tenant_minute=5, tenant_day=9)
    listener = Listener(address, lambda _key, _frame: None)
    try:
        await limits.take("school", "ada", event=True)
        with pytest.raises(Refusal):
            await limits.take("school", "ada", event=True)
        listener.start()
        for follows in (True, False):
            listener.follow(ADA, follows)
            await until(lambda follows=follows: subscribed()[channel(ADA).encode()] == follows)
        await listener.ping()
        assert (limits.counts["away"], listener.counts["lost"]) == (0, 0)
    finally:
        await listener.stop()
        await limits.stop()


async def operate(address: str, _subscribed: Subscribed) -> None:
    """All that the operator's commands do with Redis."""

    def ask() -> None:
        with blocking(address, 20) as client:
            client.ping()
            ada = Who("school", "ada")
            assert cache.keys(client, ada)
            cache.delete(client, ada)
            assert cache.keys(client, ada) == []
            client.info("server")

    await asyncio.to_thread(ask)


def restart(admin: Redis) -> None:
    """Count the commands from zero, with no script known."""
    admin.execute_command("CONFIG", "RESETSTAT")
    admin.script_flush()


def commands(admin: Redis) -> set[str]:
    """The commands that anybody sent since then."""
    return {name.removeprefix("cmdstat_") for name in admin.info("commandstats")}


DOES: Mapping[str, Callable[[str, Subscribed], Awaitable[None]]] = {
    "routing": route,
    "gateway": serve,
    "operator": operate,
}


@pytest.mark.usefixtures("goodbyes")
async def test_each_app_may_do_all_that_it_does_and_nothing_that_it_does_not(
    guarded: ValkeySecurity, admin: Redis
) -> None:
    asked: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    restart(admin)
    admin.pubsub_numsub(*CHANNELS)
    # What the administrator asks between two apps. Logging in needs no right.
    own = commands(admin)
    for app in redis_access.ACCESS:
        restart(admin)
        await DOES[app](url(as_user(guarded, user_of(app))), lambda: dict(admin.pubsub_numsub(*CHANNELS)))
        asked[app] = commands(admin) - own - {"hello", "auth", "client|setname"}
        prefixes[app] = {key.decode().rpartition("school")[0] for key in admin.scan_iter() if b"school" in key}
        prefixes[app] |= {KEPT for key in admin.scan_iter() if key.startswith(KEPT.encode())}
    assert admin.acl_log() == []
    assert asked == {app: set(access.commands) for app, access in redis_access.ACCESS.items()}
    assert prefixes["routing"] == {REPLIES, KEPT}
    assert prefixes["gateway"] >= {f"{LIMITS}l:", f"{LIMITS}t:", f"{LIMITS}d:"}
    assert redis_access.differences(admin) == dict.fromkeys([*redis_access.planned(), "default"], ())


@pytest.mark.parametrize(
    ("app", "what"),
    [
        ("routing", ("GET", f"{LIMITS}t:school")),
        ("routing", ("FLUSHALL",)),
        ("gateway", ("MGET", f"{REPLIES}school")),
        ("gateway", ("PUBLISH", f"{PREFIX}school/ada", "forged")),
        ("gateway", ("SUBSCRIBE", CHANNEL)),
        ("gateway", ("HSET", f"{REPLIES}school:x", "a", "b")),
        ("routing", ("GET", f"{REPLIES}school")),
        ("operator", ("GET", f"{REPLIES}school")),
        ("operator", ("SET", f"{LIMITS}t:school", "0")),
    ],
    ids=str,
)
def test_what_is_another_s_is_refused(guarded: ValkeySecurity, app: str, what: tuple[str, ...]) -> None:
    with blocking(url(as_user(guarded, user_of(app))), 20) as client, pytest.raises(NoPermissionError):
        client.execute_command(*what)


@pytest.mark.usefixtures("goodbyes")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"MASTERX_REDIS_PASSWORD": "wrong"}, "refuses user 'masterx-routing': wrong MASTERX_REDIS_USER or"),
        ({"MASTERX_REDIS_USER": "nobody"}, "refuses user 'nobody'"),
        ({"MASTERX_REDIS_USER": "", "MASTERX_REDIS_PASSWORD": ""}, "refuses user 'default'"),
        ({"MASTERX_REDIS_CA_FILE": ""}, "can't be verified: set MASTERX_REDIS_CA_FILE"),
        ({"MASTERX_REDIS_USER": "masterx-gateway"}, "does not allow"),
    ],
    ids=["password", "user", "no login", "no CA", "no right"],
)
async def test_without_its_login_or_right_a_worker_says_so_once_and_does_without(
    guarded: ValkeySecurity, caplog: pytest.LogCaptureFixture, change: dict[str, str], said: str
) -> None:
    variables = {**guarded.environment("masterx-routing"), **change}
    if change.get("MASTERX_REDIS_USER") == "masterx-gateway":
        variables["MASTERX_REDIS_PASSWORD"] = guarded.passwords["masterx-gateway"]
    address = url(settings_for(variables))
    tokens, replies, notices = TokenPublisher(address), RedisReplies(address), RedisNotices(address)
    async with closing(tokens, replies, notices):
        tokens.teller(SCORED)("r", 1, 0, "a secret of Ada's")
        assert await replies.get([f"{REPLIES}school"]) == ()
        assert replies.away
        await replies.keep(f"{REPLIES}school", b"t", 10)
        notices.listen(["slow"], lambda _notice: None)
        await until(lambda: tokens.counts["dropped_away"] == 1 and notices.counts["lost"] > 0)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    for line in lines:
        assert said in line
        assert "\n" not in line
        assert "Ada" not in line
        assert not any(password in line for password in guarded.passwords.values())


@pytest.mark.usefixtures("goodbyes")
@pytest.mark.parametrize(
    ("user", "said"),
    [("nobody", "refuses user 'nobody'"), ("masterx-operator", "does not allow")],
)
async def test_a_gateway_without_its_login_or_right_counts_for_itself(
    guarded: ValkeySecurity, caplog: pytest.LogCaptureFixture, user: str, said: str
) -> None:
    password = guarded.passwords.get(user, "hush")
    address = url(
        settings_for({**guarded.environment(user), "MASTERX_REDIS_USER": user, "MASTERX_REDIS_PASSWORD": password})
    )
    limits = Limits(address, learner_minute=1, tenant_minute=0, tenant_day=0)
    listener = Listener(address, lambda _key, _frame: None)
    try:
        assert (await limits.take("lone", "ada"))["RateLimit-Remaining"] == "0"
        with pytest.raises(Refusal):
            await limits.take("lone", "ada")
        listener.start()
        await until(lambda: listener.counts["lost"] > 0)
    finally:
        await listener.stop()
        await limits.stop()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    for line in lines:
        assert said in line
        assert password not in line
        assert "lone" not in line


def test_the_command_compares_with_the_server(guarded: ValkeySecurity, admin: Redis) -> None:
    admin.execute_command("ACL", "SETUSER", "masterx-gateway", "+flushall", "-time", "~other:*")
    admin.execute_command("ACL", "SETUSER", "masterx-operator", "nopass")
    admin.execute_command("ACL", "SETUSER", "default", "on", "nopass", "+ping")
    try:
        assert redis_access.differences(admin) == {
            "masterx-routing": (),
            "masterx-gateway": ("lacks +time", "needs no +flushall", "needs no ~other:*"),
            "masterx-operator": ("needs no password",),
            "default": ("is on",),
        }
        admin.execute_command("ACL", "DELUSER", "masterx-routing")
        assert redis_access.differences(admin)["masterx-routing"] == ("is not there",)
    finally:
        admin.execute_command("ACL", "LOAD")
    assert not any(redis_access.differences(admin).values())


def test_doctor_says_what_is_wrong_with_the_login(guarded: ValkeySecurity) -> None:
    good = services.redis(as_user(guarded, user_of("operator")))
    assert (good.state, guarded.passwords["masterx-operator"] in good.detail) == (State.ok, False)
    wrong = services.redis(as_user(guarded, user_of("operator"), redis_user="nobody"))
    assert wrong.state is State.absent
    assert "refuses user 'nobody'" in wrong.detail
    lacking = services.redis(as_user(guarded, user_of("gateway")))
    assert "does not allow the command info to masterx-gateway" in lacking.detail
    assert lacking.mend == "masterx redis acls"


def test_a_file_of_rights_holds_no_password_and_lets_nobody_in_without_one() -> None:
    lines = redis_access.acl_file({"masterx-gateway": "tell-nobody"}).splitlines()
    assert lines[0] == "user default off resetkeys resetchannels -@all"
    by_user = {line.split()[1]: line.split()[2:] for line in lines[1:]}
    digest = hashlib.sha256(b"tell-nobody").hexdigest()
    assert by_user["masterx-gateway"][:2] == ["on", f"#{digest}"]
    assert by_user["masterx-routing"][0] == "off"
    assert not any("@all" in right and right != "-@all" for rights in by_user.values() for right in rights)

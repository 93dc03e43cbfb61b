"""What each of Redis's users may do, and no more: from what the apps keep there to access control lists.

Of the worker apps only `routing` uses Redis; `core` and `sinks` get no user. `operator` is whoever runs
`masterx learner erase` and `masterx doctor`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.access import GATEWAY, user_of
from schemas.provider_notices import CHANNEL, KEPT
from schemas.redis_keys import LIMITS, REPLIES
from schemas.token_frames import PREFIX

OPERATOR = "operator"
# What every client sends as it connects.
_HANDSHAKE = frozenset({"client|setinfo"})


@dataclass(frozen=True, slots=True)
class RedisAccess:
    """Patterns of the keys and channels that an app uses, and the commands that it sends or that its scripts call."""

    keys: frozenset[str]
    channels: frozenset[str]
    commands: frozenset[str]


ACCESS: Mapping[str, RedisAccess] = {
    "routing": RedisAccess(
        keys=frozenset({f"{REPLIES}*", f"{KEPT}*"}),
        channels=frozenset({f"{PREFIX}*", CHANNEL}),
        commands=_HANDSHAKE | {"publish", "subscribe"} | {"set", "mget", "del"},
    ),
    GATEWAY: RedisAccess(
        keys=frozenset({f"{LIMITS}*"}),
        channels=frozenset({f"{PREFIX}*"}),
        commands=_HANDSHAKE
        | {"ping", "subscribe", "unsubscribe"}
        | {"evalsha", "script|load", "time", "hmget", "hset", "expire"},
    ),
    OPERATOR: RedisAccess(
        keys=frozenset({f"{LIMITS}*", f"{REPLIES}*"}),
        channels=frozenset(),
        commands=_HANDSHAKE | {"ping", "info", "scan", "del"},
    ),
}


def rules(access: RedisAccess) -> tuple[str, ...]:
    """The rights as an ACL file and `ACL SETUSER` take them, after everything else was taken away."""
    return (
        "resetkeys",
        "resetchannels",
        "-@all",
        *(f"~{pattern}" for pattern in sorted(access.keys)),
        *(f"&{pattern}" for pattern in sorted(access.channels)),
        *(f"+{command}" for command in sorted(access.commands)),
    )


def planned() -> dict[str, str]:
    """The rights of every user, as one line each."""
    return {user_of(app): " ".join(rules(access)) for app, access in ACCESS.items()}


def acl_file(passwords: Mapping[str, str]) -> str:
    """What Redis's `aclfile` is to hold besides its administrator's line. A user without a password can't log in."""
    lines = ["user default off resetkeys resetchannels -@all"]
    for user, rights in planned().items():
        password = passwords.get(user)
        login = f"on #{hashlib.sha256(password.encode()).hexdigest()}" if password else "off"
        lines.append(f"user {user} {login} {rights}")
    return "".join(f"{line}\n" for line in lines)


def differences(client: Any) -> dict[str, tuple[str, ...]]:
    """By user, what the server that `client` administers gives too little or too much. Raises `redis.RedisError`."""
    found = {}
    for app, access in ACCESS.items():
        user = user_of(app)
        found[user] = tuple(_different(client.acl_getuser(user), access))
    found["default"] = tuple(_open(client.acl_getuser("default")))
    return found


def _different(there: Mapping[str, Any] | None, access: RedisAccess) -> Iterable[str]:
    if there is None:
        yield "is not there"
        return
    if "on" not in there["flags"]:
        yield "is off"
    if "nopass" in there["flags"]:
        yield "needs no password"
    given = _given(there)
    wanted = set(rules(access)) - {"resetkeys", "resetchannels", "-@all"}
    for right in sorted(wanted - given):
        yield f"lacks {right}"
    for right in sorted(given - wanted):
        yield f"needs no {right}"


def _open(there: Mapping[str, Any] | None) -> Iterable[str]:
    if there is not None and "on" in there["flags"] and (_given(there) or "nopass" in there["flags"]):
        yield "is on"


def _given(there: Mapping[str, Any]) -> set[str]:
    """The rights of `ACL GETUSER`, in the words of an ACL file. Selectors are rights that no app needs."""
    listed = {*there["commands"], *there["categories"], *there["keys"], *there["channels"]}
    return {right for right in listed if not right.startswith("-")} | {
        f"({selector})" for selector in there.get("selectors", ())
    }

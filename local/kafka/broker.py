"""The broker as a service of the local stack."""

import base64
import os
import socket
import ssl
import struct
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.errors import LocalStackError
from local.kafka import security
from local.kafka.jars import find_java, resolve_jars
from local.ports import HOST, free_port, require_free
from local.service import Service

_HERE = Path(__file__).parent

# ApiVersions request, version 0, correlation id 1, no client id.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)

# Java reads and writes names of files in the encoding of the locale: in that of "C", only those in ASCII.
_LOCALE = {"LC_ALL": "C.UTF-8"}


class Kafka(Service):
    """Apache Kafka, one node in KRaft combined mode. Killed or stopped, it starts again on the same port and data.

    With `users` it takes TLS connections alone, from them and from `admin`; what they may do is for the
    administrator to allow. Without, it takes any.

    Raises `LocalStackError` from `start` when Java or Maven is missing, or the jars cannot be resolved.
    """

    name = "kafka"
    start_seconds = 120.0
    stop_seconds = 15.0

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        controller_port: int | None = None,
        heap_mb: int = 512,
        users: Sequence[str] = (),
    ) -> None:
        super().__init__(directory, port)
        self.controller_port = controller_port or free_port()
        self.heap_mb = heap_mb
        self.security = self._secured(users) if users else None
        self._java = ""
        self._jars = Path()

    def _secured(self, users: Sequence[str]) -> security.Security:
        if (self.directory / "data" / "meta.properties").exists() and not security.is_made(self.directory / "security"):
            raise LocalStackError(f"Kafka's data in {self.directory} knows no users: choose another directory")
        return security.make(self.directory / "security", users)

    @property
    def bootstrap(self) -> str:
        return self.address

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _java_command(self, *options: str) -> list[str]:
        return [
            self._java,
            *options,
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}",
            "-cp",
            f"{self._jars}/*",
        ]

    def prepare(self) -> None:
        self._java = self._java or find_java()
        self._jars = resolve_jars()
        require_free(self.controller_port, "kafka's controller")
        # It may hold the administrator's password.
        self._properties.touch(mode=0o600)
        self._properties.write_text(self._render_properties())
        if not (self.directory / "data" / "meta.properties").exists():
            self._format()

    def _render_properties(self) -> str:
        listener, controller = f"{HOST}:{self.port}", f"{HOST}:{self.controller_port}"
        protocol = "SASL_SSL" if self.security else "PLAINTEXT"
        # Kafka runs in this directory. Named from the root, one with a comma in it would be two directories.
        placed = [
            f"listeners={protocol}://{listener},CONTROLLER://{controller}",
            f"advertised.listeners={protocol}://{listener},CONTROLLER://{controller}",
            f"controller.quorum.bootstrap.servers={controller}",
            "log.dirs=data",
            *(self.security.properties() if self.security else ()),
        ]
        return (_HERE / "server.properties").read_text() + "\n" + "\n".join(map(as_property, placed)) + "\n"

    def environment(self) -> Mapping[str, str]:
        return _LOCALE

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # A leading dash would be read as an option.
        cluster = cluster.replace("-", "x")
        command = self._java_command("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        command += ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(self._properties)]
        options = self.security.write_format_options() if self.security else None
        command += [f"@{options}"] if options else []
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                cwd=self.directory,
                env={**os.environ, **_LOCALE},
            )
        finally:
            if options:
                options.unlink()
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
            telling = [line for line in lines if "rror" in line or "xception" in line] or lines[-1:]
            raise LocalStackError(f"Kafka cannot format {self.directory / 'data'}: {telling[0][:300]}")

    def command(self) -> list[str]:
        heap = [f"-Xms{self.heap_mb // 2}m", f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC"]
        # A local stack lives for minutes: the second compiler would cost more in them than its code saves.
        heap.append("-XX:TieredStopAtLevel=1")
        return [
            *self._java_command(*heap, "-XX:+ExitOnOutOfMemoryError"),
            "kafka.Kafka",
            str(self._properties),
        ]

    def answers(self) -> bool:
        """The broker processes requests only once its controller has let it in: an answer means ready."""
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                if self.security is None:
                    return _told_versions(connection)
                context = ssl.create_default_context(cafile=str(self.security.ca_file))
                with context.wrap_socket(connection, server_hostname=HOST) as encrypted:
                    return _told_versions(encrypted)
        except OSError:
            return False


def as_property(line: str) -> str:
    """A line of a properties file as Java is to read it: in Latin-1, where a backslash begins an escape."""
    units = line.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (units[at : at + 2] for at in range(0, len(units), 2))
    return "".join(f"\\u{pair.hex()}" if pair > b"\0\x7f" else chr(pair[1]) for pair in pairs)


def _told_versions(connection: socket.socket) -> bool:
    # Answered before anybody logs in.
    connection.sendall(_API_VERSIONS)
    return len(connection.recv(4)) == 4

"""What is installed on this machine."""

import importlib.machinery
import importlib.metadata
import platform
import shutil
import tempfile
from pathlib import Path

from cli.doctor.finding import Finding, State

LOCAL_EXTRA = "pip install 'masterx[local]'"
PACKAGES = ("faust-streaming", "aiokafka", "confluent-kafka", "fastavro", "clickhouse-connect", "litellm", "redis")


def check() -> list[Finding]:
    """Python, packages, and what the local stack is made of. Asks no network."""
    return [python(), *packages(), stream(), java(), clickhouse_engine(), valkey()]


def python() -> Finding:
    """The interpreter; pip has seen to its being new enough."""
    return Finding("Python", State.ok, platform.python_version())


def packages() -> list[Finding]:
    """The pipeline's own packages."""
    found = []
    for name in PACKAGES:
        try:
            found.append(Finding(name, State.ok, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, State.missing, "not installed", "pip install masterx"))
    return found


def stream() -> Finding:
    """Faust's compiled stream: without it a worker is several times slower."""
    # Not by importlib.util: once imported, Faust has put a module without a spec in its place.
    found = importlib.machinery.PathFinder.find_spec("faust")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    if any(path for folder in folders for path in Path(folder, "_cython").glob("streams.*.*")):
        return Finding("Faust's compiled stream", State.ok, "built")
    mend = "pip install --force-reinstall --no-binary faust-streaming faust-streaming"
    return Finding("Faust's compiled stream", State.absent, "not built: workers are slower", mend)


def java() -> Finding:
    """Java 17 and the broker's jars, or Maven to fetch them."""
    from local.kafka import why_unavailable

    reason = why_unavailable()
    if reason is None:
        return Finding("Apache Kafka", State.ok, "can run here: Java and its jars, or Maven, are there")
    mend = "apt install openjdk-17-jre-headless maven"
    return Finding("Apache Kafka", State.absent, f"{reason}; the pocket broker stands in", mend)


def clickhouse_engine() -> Finding:
    """chDB, for a ClickHouse on this machine."""
    try:
        return Finding("chDB", State.ok, importlib.metadata.version("chdb"))
    except importlib.metadata.PackageNotFoundError:
        return Finding("chDB", State.absent, "no ClickHouse engine for the local stack", LOCAL_EXTRA)


def valkey() -> Finding:
    """Valkey or Redis, for the local stack."""
    from local.errors import LocalStackError
    from local.valkey import find_server

    try:
        return Finding("Valkey", State.ok, find_server())
    except LocalStackError as error:
        return Finding("Valkey", State.absent, str(error), "apt install redis-server")


def directory(path: str) -> Finding:
    """Whether workers can keep their tables in `path`."""
    place = Path(path).absolute()
    existing = next(parent for parent in (place, *place.parents) if parent.exists())
    try:
        # Asking for permissions is not enough: root has them where nothing can be written.
        tempfile.TemporaryFile(dir=existing).close()
    except OSError:
        return Finding("data directory", State.missing, f"{place} can't be written", "export MASTERX_DATA_DIR=PATH")
    free = shutil.disk_usage(existing).free / 2**30
    return Finding("data directory", State.ok, f"{place}, {free:.1f} GiB free")

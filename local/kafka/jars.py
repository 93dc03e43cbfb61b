"""Java, Maven, and the broker's jars: resolved once into the user's cache, from there without a network."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from local.errors import LocalStackError

MINIMUM_JAVA = 17
POM = Path(__file__).with_name("pom.xml")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_RESOLVE_SECONDS = 600


def cache_directory() -> Path:
    """Where the jars of this `pom.xml` are kept: `$XDG_CACHE_HOME/masterx` or `~/.cache/masterx`."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    return Path(root) / "masterx" / f"kafka-{digest}"


def _java_candidates() -> list[str]:
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    return [path for path in (*candidates, shutil.which("java")) if path and Path(path).is_file()]


def _java_version(java: str) -> int | None:
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else None


def find_java() -> str:
    """Path of a Java of at least 17, `JAVA_HOME` first. Raises `LocalStackError`."""
    versions = []
    for java in _java_candidates():
        version = _java_version(java)
        if version is not None and version >= MINIMUM_JAVA:
            return java
        versions.append(f"{java} is version {version}" if version else f"{java} does not run")
    reason = f"Java is too old ({versions[0]})" if versions else "Java is missing"
    raise LocalStackError(
        f"{reason}: install Java {MINIMUM_JAVA} or newer (Debian: apt install openjdk-17-jre-headless) or set JAVA_HOME"
    )


def why_unavailable() -> str | None:
    """One line that says why Apache Kafka cannot run here (no Java 17; no Maven and no jars yet), or None."""
    try:
        find_java()
    except LocalStackError as error:
        return str(error)
    if not cache_directory().is_dir() and shutil.which("mvn") is None:
        return "Maven is missing and Kafka's jars are not cached yet: install Maven (Debian: apt install maven)"
    return None


def maven_error(output: str) -> str:
    """What Maven says went wrong, in one line."""
    lines = [line.removeprefix("[ERROR] ").strip() for line in output.splitlines() if line.startswith("[ERROR]")]
    return (lines[0] if lines else "no output")[:300]


def resolve_jars() -> Path:
    """Directory with the broker's jars, resolved by Maven at the first call. Raises `LocalStackError`."""
    cache = cache_directory()
    if cache.is_dir():
        return cache
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalStackError(
            "Maven is missing and Kafka's jars are not cached yet: install Maven (Debian: apt install maven)"
        )
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        lock = (cache.parent / "kafka.lock").open("w")
    except OSError as error:
        raise LocalStackError(
            f"cannot write to {cache.parent} ({error.strerror}): set XDG_CACHE_HOME to a directory that you own"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cache.is_dir():
            _copy_jars(maven, cache)
    return cache


def _copy_jars(maven: str, cache: Path) -> None:
    unfinished = cache.with_suffix(".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [maven, "-B", "-q", "-f", str(POM), _COPY, "-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_RESOLVE_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise LocalStackError(
            f"Maven did not resolve Kafka's jars within {_RESOLVE_SECONDS} s: check the network or its settings.xml"
        ) from error
    if done.returncode != 0 or not any(unfinished.glob("kafka_*.jar")):
        raise LocalStackError(
            f"Maven cannot resolve Kafka's jars ({maven_error(done.stdout + done.stderr)}): "
            "check the network or Maven's settings.xml, or choose the pocket broker"
        )
    unfinished.rename(cache)

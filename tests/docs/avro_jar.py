"""Avro's Java library, which the Java example reads replies with: by Maven, once, into the user's cache."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from local.kafka.jars import cache_directory

VERSION = "1.12.0"
ARTIFACT = f"org.apache.avro:avro:{VERSION}"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def avro_jar() -> Path:
    """The jar. Raises `subprocess.CalledProcessError` where Maven can't get it."""
    folder = cache_directory().parent / f"avro-{VERSION}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            unfinished = folder.with_suffix(".partial")
            shutil.rmtree(unfinished, ignore_errors=True)
            command = ["mvn", "-B", "-q", _COPY, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={unfinished}"]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            unfinished.rename(folder)
    return next(folder.glob("avro-*.jar"))

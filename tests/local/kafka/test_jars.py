"""Machines without Java, with an old one, without Maven, or with a Maven that cannot resolve."""

import shutil
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.kafka.jars import cache_directory, find_java, resolve_jars, why_unavailable


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all of PATH, and an empty cache."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return programs


def install(machine: Path, name: str, script: str) -> None:
    program = machine / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def java(version: str) -> str:
    return f"echo 'openjdk version \"{version}\" 2025-04-15' >&2"


def test_java_is_missing(machine: Path) -> None:
    with pytest.raises(LocalStackError, match=r"Java is missing: install Java 17 or newer"):
        find_java()
    assert "Java is missing" in (why_unavailable() or "")


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.2"])
def test_java_is_too_old(machine: Path, version: str) -> None:
    install(machine, "java", java(version))
    with pytest.raises(LocalStackError, match=r"Java is too old \(.*java is version (1|11)\)"):
        find_java()


def test_java_home_comes_first_but_must_be_new_enough(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jdk" / "bin").mkdir(parents=True)
    install(tmp_path / "jdk" / "bin", "java", java("21.0.1"))
    install(machine, "java", java("17.0.2"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert find_java() == str(tmp_path / "jdk" / "bin" / "java")
    install(tmp_path / "jdk" / "bin", "java", java("11.0.1"))
    assert find_java() == str(machine / "java")


def test_maven_is_missing_and_matters_only_without_cached_jars(machine: Path) -> None:
    install(machine, "java", java("17.0.2"))
    assert "Maven is missing" in (why_unavailable() or "")
    with pytest.raises(LocalStackError, match="Maven is missing and Kafka's jars are not cached yet"):
        resolve_jars()
    cache_directory().mkdir(parents=True)
    assert why_unavailable() is None
    assert resolve_jars() == cache_directory()


def test_maven_that_cannot_resolve_is_quoted(machine: Path) -> None:
    install(machine, "mvn", "echo '[ERROR] Could not transfer artifact: unknown host'; exit 1")
    with pytest.raises(LocalStackError, match=r"cannot resolve Kafka's jars \(Could not transfer.*check the network"):
        resolve_jars()
    assert not cache_directory().exists()


def test_jars_are_resolved_once(machine: Path) -> None:
    runs = machine / "runs"
    sh = shutil.which("sh", path="/usr/bin:/bin")
    install(
        machine,
        "mvn",
        f"echo run >> {runs}\nfor a in $@; do case $a in -DoutputDirectory=*) "
        f"/bin/mkdir -p ${{a#*=}} && : > ${{a#*=}}/kafka_2.13.jar;; esac; done",
    )
    assert sh
    assert [jar.name for jar in resolve_jars().iterdir()] == ["kafka_2.13.jar"]
    resolve_jars()
    assert runs.read_text() == "run\n"


def test_a_cache_that_cannot_be_written(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(machine, "mvn", "exit 0")
    (machine / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / "file"))
    with pytest.raises(LocalStackError, match=r"cannot write to .*set XDG_CACHE_HOME"):
        resolve_jars()

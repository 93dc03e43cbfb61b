"""What a run of the tests says on a machine that cannot run Kafka, and how long an example may take."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

KAFKA_TESTS = "tests/local/kafka/test_broker.py"


def run_tests(bare: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The Kafka tests with an empty PATH and an empty cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MASTERX_", "JAVA_"))}
    hidden = {"PATH": str(bare), "XDG_CACHE_HOME": str(bare), "MASTERX_TEST_STACK": "local"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, KAFKA_TESTS],
        env={**kept, **hidden, **environment},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["in one process", "in others"])
def test_tests_that_need_kafka_are_skipped_and_the_summary_says_so(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run_tests(tmp_path, *options)
    assert done.returncode == 0, done.stdout
    assert "7 tests that need a real Kafka were skipped" in done.stdout
    assert "Java is missing: install Java 17" in done.stdout


@pytest.mark.parametrize(
    ("options", "which"), [((), "7 tests"), (("-n", "1"), "its tests")], ids=["in one process", "in others"]
)
def test_required_kafka_turns_skips_into_a_failure(tmp_path: Path, options: tuple[str, ...], which: str) -> None:
    done = run_tests(tmp_path, *options, MASTERX_REQUIRE_KAFKA="1")
    assert done.returncode == 1
    assert f"MASTERX_REQUIRE_KAFKA=1, but {which} cannot run: Java is missing" in done.stdout + done.stderr


def test_no_property_test_is_held_to_a_time() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None

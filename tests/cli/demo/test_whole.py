"""The demo from its start to its last line, on both brokers."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.demo.processes import Demo

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

FIGURES = {"sent", "answered", "answered_by_provider", "lost", "duplicated", "first_answer_s", "broker"}
SHORT = ("--seconds", "8", "--learners", "8")


def last_line(demo: Demo) -> dict[str, object]:
    lines = [line for line in demo.all_said().splitlines() if line.startswith("{")]
    assert len(lines) == 1
    found: dict[str, object] = json.loads(lines[0])
    return found


def judged(demo: Demo) -> dict[str, object]:
    """The figures of a demo that has ended well."""
    assert demo.ended() == 0, demo.all_said()
    figures = last_line(demo)
    assert set(figures) == FIGURES
    assert isinstance(figures["sent"], int) and figures["sent"] > 10
    assert figures["answered"] == figures["sent"]
    assert (figures["lost"], figures["duplicated"]) == (0, 0)
    assert isinstance(figures["answered_by_provider"], int) and figures["answered_by_provider"] > 0
    assert isinstance(figures["first_answer_s"], float)
    assert demo.left() == []
    return figures


@pytest.mark.kafka
def test_on_apache_kafka(tmp_path: Path) -> None:
    with Demo(tmp_path, *SHORT, "--json") as demo:
        assert judged(demo)["broker"] == "kafka"
        said = demo.all_said()
    assert "5 s: " in said and "Read back from ClickHouse" in said and "none lost" in said
    assert "masterx demo --keep" in said


def test_with_java_and_maven_hidden(tmp_path: Path) -> None:
    hidden = tmp_path / "bin"
    hidden.mkdir()
    for name in ("sh", "env"):
        (hidden / name).symlink_to(shutil.which(name) or "")
    screens = tmp_path / "screens"
    away = {"PATH": str(hidden), "JAVA_HOME": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with Demo(tmp_path, *SHORT, "--json", "--screens", str(screens), **away) as demo:
        assert judged(demo)["broker"] == "pocket"
        said = demo.all_said()
    assert "Java is missing" in said and "apt install" in said and "masterx doctor" in said
    assert {path.name for path in screens.iterdir()} == {"demo.svg", "demo-result.svg"}
    assert "rehearsal" in (screens / "demo.svg").read_text()

"""Ctrl-C at any moment: exit code 130, no traceback, no process, no folder left behind."""

from pathlib import Path

import pytest

from tests.cli.demo.processes import Demo

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

MOMENTS = ("no provider's key", "starting the pocket broker", "making topics", "starting the workers", "5 s: ")


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_ends_whole_and_at_once(tmp_path: Path, moment: str) -> None:
    with Demo(tmp_path, "--broker", "pocket", "--learners", "5", "--seconds", "60") as demo:
        demo.until(moment)
        demo.interrupt()
        demo.interrupt()
        code = demo.ended()
        assert code == 130
        assert "Traceback" not in demo.all_said()
        assert demo.left() == []
    assert list(tmp_path.glob("masterx-demo-*")) == []


@pytest.mark.kafka
@pytest.mark.parametrize("moment", ["starting Kafka", "starting the workers"])
def test_on_kafka_too(tmp_path: Path, moment: str) -> None:
    with Demo(tmp_path, "--broker", "kafka", "--learners", "5", "--seconds", "60") as demo:
        demo.until(moment)
        demo.interrupt()
        assert demo.ended() == 130
        assert "Traceback" not in demo.all_said()
        assert demo.left() == []


def test_a_killed_demo_leaves_no_process(tmp_path: Path) -> None:
    with Demo(tmp_path, "--broker", "pocket", "--learners", "5", "--seconds", "60") as demo:
        demo.until("everything answers")
    assert demo.left() == []

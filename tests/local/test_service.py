"""Starting, stopping and failing, on a service that is one Python process."""

import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.ports import HOST
from local.service import Service
from tests.local.processes import is_alive

LISTEN = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nwhile True: s.accept()"


class Listener(Service):
    name = "listener"
    start_seconds = 10.0
    program = LISTEN

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.program, str(self.port)]

    def answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=0.5).close()
        except OSError:
            return False
        return True


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_starts_again_in_place(tmp_path: Path, end: str) -> None:
    service = Listener(tmp_path)
    service.start()
    port, pid = service.port, service.pid
    assert service.rss_bytes() > 1 << 20
    getattr(service, end)()
    assert not service.running
    assert not is_alive(pid)
    assert service.rss_bytes() == 0
    service.start()
    assert (service.port, service.pid == pid) == (port, False)
    service.start()
    service.stop()
    service.stop()


def test_no_pid_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="listener is not running: start it first"):
        Listener(tmp_path).pid  # noqa: B018


def test_a_child_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    class Broken(Listener):
        program = "raise SystemExit('error: the disk is made of cheese')"

    with pytest.raises(LocalStackError, match=r"ended at start \(status 1\): error: the disk is made of cheese"):
        Broken(tmp_path).start()


def test_a_child_that_never_answers_is_killed(tmp_path: Path) -> None:
    class Mute(Listener):
        start_seconds = 0.5
        program = "import time; time.sleep(600)"

    service = Mute(tmp_path)
    with pytest.raises(LocalStackError, match="did not answer within"):
        service.start()
    assert not service.running


def test_a_child_that_is_slow_and_logs_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Listener):
        start_seconds = 3.0
        program = "import time\nfor n in range(50): print('loaded', n, flush=True); time.sleep(0.1)\n" + LISTEN

    monkeypatch.setattr("local.service.TELL_SECONDS", 0.5)
    heard: list[str] = []
    service = Slow(tmp_path)
    service.say = heard.append
    service.start()
    service.stop()
    assert re.fullmatch(r"listener does not answer yet after [1-9]\d* s; its log ends with: loaded \d+", heard[-1])


def test_a_child_that_logs_and_never_answers_is_not_waited_for_without_end(tmp_path: Path) -> None:
    class Busy(Listener):
        most_start_seconds = 2.0
        start_seconds = 2.0
        program = "import time\nwhile True: print('error: tried in vain', flush=True); time.sleep(0.1)"

    service = Busy(tmp_path)
    with pytest.raises(LocalStackError, match="did not answer within 2 s: error: tried in vain"):
        service.start()
    assert not service.running


def test_a_start_is_given_up_by_another_thread(tmp_path: Path) -> None:
    class Mute(Listener):
        program = "import time; time.sleep(600)"

    service = Mute(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(service.start)
        service.give_up()
        with pytest.raises(LocalStackError, match="listener was not waited for"):
            start.result(timeout=9.0)
    assert not service.running


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    class Absent(Listener):
        def command(self) -> list[str]:
            return ["/nonexistent/program"]

    with pytest.raises(LocalStackError, match=r"ended at start .*No such file or directory"):
        Absent(tmp_path).start()


def test_a_taken_port(tmp_path: Path) -> None:
    first = Listener(tmp_path / "first")
    first.start()
    with pytest.raises(LocalStackError, match=f"port {first.port} for listener is taken"):
        Listener(tmp_path / "second", first.port).start()
    first.stop()


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalStackError, match=r"cannot write to .*choose another directory"):
        Listener(tmp_path / "file" / "below").start()


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    class Deaf(Listener):
        stop_seconds = 0.3
        program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LISTEN

    service = Deaf(tmp_path)
    service.start()
    pid = service.pid
    service.stop()
    assert not is_alive(pid)


def test_one_that_ends_while_its_memory_is_asked_for_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Listener(tmp_path)
    service.start()
    service.kill()
    monkeypatch.setattr(Listener, "running", True)
    assert service.rss_bytes() == 0

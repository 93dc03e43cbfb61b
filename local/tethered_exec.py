"""Run a command that cannot outlive the process that asked for it.

`python -m local.tethered_exec PARENT_PID MODE COMMAND...`; MODE is `prctl` or `pipe`.

`prctl` (Linux): the kernel sends SIGKILL to the command when its parent goes, whatever ended the parent.
`pipe` (elsewhere): this process stays, and kills the command when its standard input reaches its end.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def default_mode() -> str:
    return "prctl" if sys.platform == "linux" else "pipe"


def _exec_with_death_signal(parent: int, command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    # The parent may have gone before the signal was asked for.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    os.execvp(command[0], command)


def _run_until_pipe_closes(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())

    def watch() -> None:
        while os.read(0, 4096):
            pass
        child.kill()

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


def main(arguments: list[str]) -> int:
    # What the parent blocked for itself must not keep the command from hearing SIGTERM.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    parent, mode, command = int(arguments[0]), arguments[1], arguments[2:]
    if mode == "prctl":
        _exec_with_death_signal(parent, command)
    return _run_until_pipe_closes(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The check of the checker: a worker that acknowledges each record as it is done must lose some, and be found out."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Run
from benchmarks.load import messages
from cli.workers import Worker


class NaiveWorker(Worker):
    """The same worker, but with `run` of this module before it begins."""

    def command(self) -> list[str]:
        """As the worker's, by way of this module."""
        return [sys.executable, "-m", __name__, *super().command()[3:]]


def kill_while_one_hangs(run: Run) -> None:
    """SIGKILL while the oldest record of each partition is still waiting and later ones are done."""
    run.until(0.5)
    run.rig.the("routing").kill()
    run.rig.stack.provider.control({"mode": "ok"})
    run.rig.the("routing").start()


def fails(directory: Path, count: int, say: Callable[[str], None]) -> bool:
    """Whether the checker finds a naive worker's losses."""
    say("the checker itself: a worker that acknowledges out of order")
    with Rig(directory) as rig:
        honest = rig.the("routing")
        rig.remove(honest)
        naive = NaiveWorker("routing", 99, rig.directory / "workers", rig.variables)
        naive.start()
        rig.workers["routing"] = [naive]
        slow = {"mode": "slow", "delay": {"exponential": 2.0}}
        events = messages(count, count, run="naive", tenant="naive")
        run = Run(rig, events, kill_while_one_hangs, rate=None, patience=12, say=lambda line: say(f"  {line}"))
        rig.stack.provider.control(slow)
        verdict = run.go().verdict
    say(f"  lost {len(verdict.lost)}, as it should" if verdict.lost else "  it lost nothing: the check can't fail")
    return not verdict.good


def main() -> None:
    """A worker that acknowledges each record as soon as it is done, whatever came before it."""
    from cli.main import main as masterx
    from pipeline.delivery.prefix import Prefix

    finish = Prefix.finish

    def at_once(self: "Prefix[object]", entry: "object") -> list[object]:
        finish(self, entry)  # type: ignore[arg-type]
        return [entry.item]  # type: ignore[attr-defined]

    Prefix.finish = at_once  # type: ignore[assignment,method-assign]
    masterx()


if __name__ == "__main__":
    main()

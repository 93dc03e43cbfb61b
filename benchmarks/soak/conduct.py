"""Injects one fault of the suite after another while the load goes on."""

import itertools
import time
from collections.abc import Callable, Sequence

from benchmarks.faults.cases import CASES, Case
from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Run

# A case speaks of shares of its messages; here they are shares of this time.
WINDOW_SECONDS = 60.0
MOST_SECONDS_FOR_CALLS = 10.0
# The others change the messages themselves, or need a worker that was told to go on.
LEFT_OUT = {"produced twice", "poison", "stuck learner", "schema change"}
SOAKED = tuple(case for case in CASES if case.name not in LEFT_OUT)


class Window:
    """A case's view of the run: its own minute of it. See `benchmarks.faults.watch.Underway`."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self._seconds = seconds
        self._began = time.monotonic()

    @property
    def rig(self) -> Rig:
        """See `Underway`."""
        return self._run.rig

    @property
    def of_another_version(self) -> int:
        """See `Underway`."""
        return self._run.of_another_version

    def until(self, share: float) -> None:
        """Wait until `share` of the window has passed."""
        due = self._began + share * self._seconds
        while time.monotonic() < due and not self._run.over:
            time.sleep(0.1)

    def in_flight(self, calls: int) -> None:
        """Wait until so many calls are under way, for ten seconds at most: a steady load may never have as many."""
        due = time.monotonic() + MOST_SECONDS_FOR_CALLS
        stats = self._run.rig.stack.provider.stats
        while time.monotonic() < due and stats(by_message=False)["in_flight"] < calls and not self._run.over:
            time.sleep(0.1)


class Conductor:
    """Every `every` seconds a fault, the last one early enough before `seconds` are over that all is well by then."""

    def __init__(
        self,
        seconds: float,
        every: float,
        say: Callable[[str], None],
        cases: Sequence[Case] = SOAKED,
        window: float = WINDOW_SECONDS,
    ) -> None:
        self._seconds = seconds
        self._every = every
        self._say = say
        self._cases = cases
        self._window = min(window, every / 2)
        self.injected: list[str] = []
        self.quiet = True

    def __call__(self, run: Run) -> None:
        """For `Run`: returns when there is no time for another fault. Raises what a case raises."""
        began = whole = time.monotonic()
        for number, case in enumerate(itertools.cycle(self._cases)):
            # Half a period of quiet first, and after each fault, however long it took: the shortest run has its fault
            # with quiet on both sides.
            due = max(began + (number + 0.5) * self._every, whole + self._every / 2)
            if due + self._window > began + self._seconds:
                return
            while time.monotonic() < due and not run.over:
                time.sleep(0.2)
            if run.over:
                return
            self._say(f"fault {number + 1}: {case.name}: {case.what}")
            self.quiet = False
            self.injected.append(case.name)
            window = Window(run, self._window)
            case.prepare(window)
            case.interfere(window)
            run.rig.mend()
            whole = time.monotonic()
            self.quiet = True

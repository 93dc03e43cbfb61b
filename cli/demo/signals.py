"""The first Ctrl-C, SIGTERM or SIGHUP ends the demo; what follows it does not disturb the tidying up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def first_interrupts() -> Iterator[None]:
    """Within it, the first signal raises `KeyboardInterrupt` in the main thread, and later ones do nothing.

    After a signal they stay ignored: the process is about to end, and takes a second or two for it.
    """
    heard = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        if not heard:
            for number, handler in before.items():
                signal.signal(number, handler)

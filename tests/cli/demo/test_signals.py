"""The first signal interrupts, the others do not."""

import os
import signal
from collections.abc import Iterator

import pytest

from cli.demo.signals import SIGNALS, first_interrupts


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_raises_and_the_rest_are_ignored(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), first_interrupts():
        try:
            os.kill(os.getpid(), number)
        finally:
            for again in SIGNALS:
                os.kill(os.getpid(), again)
    os.kill(os.getpid(), signal.SIGINT)


def test_without_one_all_is_as_before() -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with first_interrupts():
        pass
    assert {number: signal.getsignal(number) for number in SIGNALS} == before

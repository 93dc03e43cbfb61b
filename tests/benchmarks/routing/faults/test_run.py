from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.routing.faults.cases import Case, cases
from benchmarks.routing.faults.report import markdown, table
from benchmarks.routing.faults.run import Load, run_case
from config.providers import Timeouts
from local.provider import Provider as ProviderProcess

LOAD = Load(12, 60, 3.0, Timeouts(first_token=0.5, between_tokens=0.3, total=1))
KNOWN = {case.name: case for case in cases(LOAD.limits)}
# One of each kind; `make faults-routing` runs all of them.
SHORT = ["429", "500", "401", "refused", "reset in mid-stream", "hangs", "hangs in mid-stream", "not JSON", "empty"]


@pytest.fixture(scope="module")
def test_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    provider = ProviderProcess(tmp_path_factory.mktemp("provider"))
    provider.start()
    yield provider
    provider.stop()


@pytest.mark.parametrize("name", SHORT)
async def test_healthy_provider_answers_every_message(test_provider: ProviderProcess, name: str) -> None:
    row = await run_case(KNOWN[name], test_provider, LOAD)
    assert (row.answered, row.by_provider, row.held) == (1.0, 1.0, True)
    assert row.calls > 1


async def test_no_provider_answers_but_every_message_is_answered(test_provider: ProviderProcess) -> None:
    load = replace(LOAD, deadline=1.0)
    row = await run_case(KNOWN["both 500"], test_provider, load)
    assert (row.answered, row.by_provider, row.held) == (1.0, 0.0, True)
    # The same is a failure where a provider was to answer.
    missed = await run_case(replace(KNOWN["both 500"], by_provider=1.0), test_provider, load)
    assert not missed.held
    assert "NO" in table([missed])
    assert "| both 500 | 100.0% | 0.0% |" in markdown([row], load)


async def test_answer_past_the_deadline_is_none(
    test_provider: ProviderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A router that waits for its providers whatever the deadline: the check has to see it.
    monkeypatch.setattr("agents.routing.router.MARGIN_SHARE", -3.0)
    case = Case("late", "", ({"mode": "slow", "delay": 0.4},), None)
    row = await run_case(case, test_provider, replace(LOAD, messages=4, deadline=0.2))
    assert (row.answered, row.held) == (0.0, False)

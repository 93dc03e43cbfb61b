"""One case: messages at a steady rate through the real router and client, to real sockets."""

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from agents.routing.ledger import ConversationState
from agents.routing.providers.factory import client_for
from agents.routing.router import Router
from benchmarks.routing.contenders import scored
from benchmarks.routing.faults.cases import FIRST, SECOND, Case
from config.prompts import fixed_replies, tutor_template
from config.providers import ClientKind, Limits, Price, Provider, Timeouts
from local.ports import free_port
from local.provider import Provider as ProviderProcess
from schemas.codec import Event
from schemas.tries import called

# Messages before the fault, so that the router knows the providers' usual pace, as a worker that has run does.
BEFORE = 40


@dataclass(frozen=True, slots=True)
class Load:
    """So many messages, so many a second, each with so many seconds to be answered."""

    messages: int
    a_second: float
    deadline: float
    limits: Timeouts
    client: ClientKind = "http"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one message. Seconds from its arrival; `first_token` of the try that was kept, and for an off-line
    reply that of the whole reply; None where there was no answer in time."""

    by_provider: bool
    first_token: float | None
    calls: int
    voided: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A case's figures. Shares of 1, seconds."""

    name: str
    what: str
    messages: int
    answered: float
    by_provider: float
    wanted_by_provider: float
    first_token_p50: float
    first_token_p99: float
    calls: float
    voided: float

    @property
    def held(self) -> bool:
        """Every message answered in time, and by a provider where one was healthy."""
        return self.answered == 1.0 and self.by_provider >= self.wanted_by_provider


def providers(case: Case, url: str, load: Load) -> list[Provider]:
    """The case's one or two providers, in the order in which they are tried."""
    names = (FIRST,) if case.second is None else (FIRST, SECOND)
    addresses = {
        name: f"http://127.0.0.1:{free_port()}/v1" if name in case.refuses else f"{url}/{name}/v1" for name in names
    }
    return [
        Provider(
            name=name,
            model=f"openai/{name}",
            client=load.client,
            key=SecretStr("none"),
            api_base=address,
            user="none",
            region="local",
            context_tokens=8192,
            max_output_tokens=256,
            price=Price(input=1.0, output=1.0),
            limits=Limits(concurrent=1000),
            timeouts=load.limits,
            strengths={},
            prices_as_of="2026-11-01",
        )
        for name, address in addresses.items()
    ]


async def run_case(case: Case, test_provider: ProviderProcess, load: Load) -> Row:
    """The figures of one case on a fresh router."""
    declared = providers(case, test_provider.url, load)
    clients = {provider.name: client_for(provider) for provider in declared}
    router = Router(declared, clients, tutor_template(), fixed_replies())
    test_provider.control()
    try:
        if not case.refuses:
            await asyncio.gather(*(_ask(router, load.deadline) for _ in range(BEFORE)))
        await asyncio.to_thread(test_provider.control, *case.rules())
        answers = await _asked(router, test_provider, case, load)
    finally:
        await router.close()
        await asyncio.to_thread(test_provider.control)
    return _row(case, answers)


async def _asked(router: Router, test_provider: ProviderProcess, case: Case, load: Load) -> list[Answer]:
    start = time.perf_counter()
    under_way = []
    healed = case.heals_after is None
    for n in range(load.messages):
        await asyncio.sleep(max(0.0, start + n / load.a_second - time.perf_counter()))
        under_way.append(asyncio.create_task(_ask(router, load.deadline)))
        if not healed and case.heals_after is not None and time.perf_counter() - start >= case.heals_after:
            await asyncio.to_thread(test_provider.control)
            healed = True
    if not healed and case.heals_after is not None:
        await asyncio.sleep(max(0.0, start + case.heals_after - time.perf_counter()))
        await asyncio.to_thread(test_provider.control)
    return list(await asyncio.gather(*under_way))


def _now_micros() -> int:
    return time.time_ns() // 1000


async def _ask(router: Router, deadline: float) -> Answer:
    start = time.perf_counter()
    firsts: dict[int, float] = {}
    message = scored(_now_micros(), round(deadline * 1_000_000))
    try:
        response, _ = await router.answer(message, ConversationState(), _now_micros, False, _hearing(firsts, start))
    except Exception:
        # No answer is what is counted here.
        return Answer(False, None, 0, False)
    return _answer(response, firsts, time.perf_counter() - start)


def _hearing(firsts: dict[int, float], start: float) -> Callable[[str, int, int, str], None]:
    def on_token(response_id: str, attempt: int, sequence: int, text: str) -> None:
        if text and attempt not in firsts:
            firsts[attempt] = time.perf_counter() - start

    return on_token


def _answer(response: Event, firsts: dict[int, float], elapsed: float) -> Answer:
    in_time = _now_micros() <= response["deadline_at"] and bool(response["text"])
    by_provider = response["source"] == "PROVIDER"
    first = firsts[max(firsts)] if by_provider and firsts else elapsed
    calls = sum(map(called, response["tries"]))
    voided = len(firsts) > 1 or (bool(firsts) and not by_provider)
    return Answer(by_provider and in_time, first if in_time else None, calls, voided)


def _row(case: Case, answers: list[Answer]) -> Row:
    firsts = [answer.first_token for answer in answers if answer.first_token is not None]
    count = len(answers)
    return Row(
        name=case.name,
        what=case.what,
        messages=count,
        answered=len(firsts) / count,
        by_provider=sum(answer.by_provider for answer in answers) / count,
        wanted_by_provider=case.by_provider,
        first_token_p50=statistics.median(firsts) if firsts else float("inf"),
        first_token_p99=statistics.quantiles(firsts, n=100, method="inclusive")[98] if len(firsts) > 1 else 0.0,
        calls=sum(answer.calls for answer in answers) / count,
        voided=sum(answer.voided for answer in answers) / count,
    )

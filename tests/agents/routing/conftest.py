"""A real provider on a real socket, and routers that call it."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from agents.routing.cache.replies import ReplyCache
from agents.routing.hedge import LEAST_SAMPLES
from agents.routing.ledger import ConversationState
from agents.routing.providers.factory import client_for
from agents.routing.router import DAY_MICROS, Router
from config.prompts import fixed_replies, tutor_template
from config.providers import Budgets, ClientKind, Limits, Price, Provider, Timeouts
from local.provider import Provider as ProviderProcess
from schemas import codec
from schemas.codec import Event
from tests.agents.routing.events import SECOND, scored

MakeRouter = Callable[..., Router]
Closing = Callable[[Router], Router]

NEW = ConversationState()
# Budgets are by day: a test that runs over midnight would be given a new one in its middle.
_FROM_NOON = DAY_MICROS // 2 - time.time_ns() // 1000 % DAY_MICROS


def now_micros() -> int:
    """The clock that deadlines are on: it was noon as these tests were begun."""
    return time.time_ns() // 1000 + _FROM_NOON


def due_in(seconds: float, **changes: Any) -> Event:
    """A ScoredMessage appended now with so many seconds to answer it."""
    now = now_micros()
    return scored(appended_at=now, sent_at=now, deadline_at=now + round(seconds * SECOND), **changes)


async def answer(router: Router, message: Event, state: ConversationState = NEW) -> Event:
    """The router's response, which is in its schema, is kept, and came in time."""
    response, after = await router.answer(message, state, now_micros, repeated=False)
    assert codec.decode("TutorResponse", codec.encode("TutorResponse", response)) == response
    assert after.find(message["message_id"]) == response
    assert now_micros() < message["deadline_at"]
    return response


def declared(name: str, base_url: str, client: ClientKind = "http", **changes: Any) -> Provider:
    """A provider of the test provider's under the path `name`."""
    provider = Provider(
        name=name,
        model=f"openai/{name}-model",
        client=client,
        key=SecretStr("k-secret"),
        api_base=base_url,
        user="learner",
        region="local",
        context_tokens=8192,
        max_output_tokens=256,
        price=Price(input=1.0, output=2.0),
        limits=Limits(concurrent=100),
        timeouts=Timeouts(first_token=5, between_tokens=5, total=10),
        strengths={},
        prices_as_of="2026-11-01",
    )
    return replace(provider, **changes)


def usual_pace(router: Router, name: str) -> None:
    """Let a provider be known for replies that begin within 30 ms."""
    for _ in range(LEAST_SAMPLES):
        router.health.paces[name].began_after(0.03)


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    provider = ProviderProcess(tmp_path_factory.mktemp("provider"))
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def test_provider(running_provider: ProviderProcess) -> Iterator[ProviderProcess]:
    running_provider.reset()
    yield running_provider
    running_provider.reset()


@pytest.fixture(params=["http", "litellm"])
def client_kind(request: pytest.FixtureRequest) -> ClientKind:
    kind: ClientKind = request.param
    return kind


@pytest.fixture
async def closing() -> AsyncIterator[Closing]:
    """Closes the routers that it is given after the test, whatever came of it: a connection that a failing one left
    open would be another test's failure."""
    routers = []

    def later(router: Router) -> Router:
        routers.append(router)
        return router

    yield later
    for router in routers:
        await router.close()


@pytest.fixture
def make_router(test_provider: ProviderProcess, closing: Closing) -> MakeRouter:
    """Makes a router whose providers are paths of the test provider."""

    def make(*names: str, client: ClientKind = "http", cache: ReplyCache | None = None, **changes: Any) -> Router:
        providers = [declared(name, f"{test_provider.url}/{name}/v1", client, **changes) for name in names]
        clients = {provider.name: client_for(provider) for provider in providers}
        return closing(Router(providers, clients, tutor_template(), fixed_replies(), cache=cache))

    return make


@pytest.fixture
def dear_and_cheap(test_provider: ProviderProcess, closing: Closing) -> MakeRouter:
    """Makes a router whose first provider costs a thousandth of a dollar a token, and the second nothing."""

    def make(client: ClientKind = "http", timeouts: Timeouts | None = None, **budgets: float) -> Router:
        limits = timeouts or Timeouts(first_token=5, between_tokens=5, total=10)
        prices = {"dear": Price(input=1000, output=1000), "cheap": Price(input=0, output=0)}
        providers = [
            declared(name, f"{test_provider.url}/{name}/v1", client, price=price, timeouts=limits)
            for name, price in prices.items()
        ]
        clients = {provider.name: client_for(provider) for provider in providers}
        return closing(Router(providers, clients, tutor_template(), fixed_replies(), budgets=Budgets(**budgets)))

    return make

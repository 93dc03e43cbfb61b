import asyncio

from agents.routing.providers.client import Call
from agents.routing.providers.factory import client_for
from local.provider import Provider as ProviderProcess
from tests.agents.routing.conftest import declared

# More than aiohttp's own limit, which litellm falls back to.
AT_ONCE = 110


async def test_its_pool_does_not_bound_the_calls_at_once(test_provider: ProviderProcess) -> None:
    test_provider.control(mode="hang")
    client = client_for(declared("one", test_provider.base_url, "litellm"))
    call = Call([{"role": "user", "content": "What is a median?"}], 16, "message")
    calls = [asyncio.create_task(client.ask(call, lambda _: None)) for _ in range(AT_ONCE)]
    async with asyncio.timeout(60):
        while test_provider.stats()["in_flight"] < AT_ONCE:  # noqa: ASYNC110 - the count is in another process
            await asyncio.sleep(0.05)
    for each in calls:
        each.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await client.close()

"""Asks providers for answers that the record does not hold: only where the user wants it, and only so many."""

import asyncio
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from agents.routing.attempt import attempt
from agents.routing.failure import ProviderFailure
from agents.routing.prompt import Prompt
from agents.routing.providers.client import Call, Client
from agents.routing.providers.factory import client_for
from cli.exits import BAD_SETTING, Failure
from config.providers import Provider, ProviderEntry, ProvidersFile, available
from schemas.codec import Event


class Asking:
    """Calls providers with the keys of `environ`, `most` times in all. Use it as a context manager.

    One call at a time, each with its provider's own time limits; nobody waits for these answers. The provider is not
    told whose message it is. `failed` counts calls that gave no usable reply: those answers stay unknown.
    """

    def __init__(self, entries: Iterable[ProviderEntry], most: int, environ: Mapping[str, str]) -> None:
        declared = ProvidersFile(prices_as_of="", providers=list(entries))
        self._providers = {provider.name: provider for provider in available(declared, environ)}
        self._left = most
        self._clients: dict[str, Client] = {}
        self._runner = asyncio.Runner()
        self.asked = 0
        self.failed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def ask(self, name: str, prompt: Prompt, message_id: str) -> Event | None:
        """The fields of a TutorResponse that tell of the provider's answer; None where there is none to be had.

        Raises `Failure` where the provider has no key or address here.
        """
        if self._left <= 0:
            return None
        provider = self._providers.get(name)
        if provider is None:
            raise Failure(BAD_SETTING, f"--ask: the provider {name} can't be called: its key or address is not set")
        self._left -= 1
        self.asked += 1
        try:
            return self._runner.run(self._ask(provider, prompt, message_id))
        except ProviderFailure:
            self.failed += 1
            return None

    async def _ask(self, provider: Provider, prompt: Prompt, message_id: str) -> dict[str, Any]:
        if provider.name not in self._clients:
            self._clients[provider.name] = client_for(provider)
        call = Call(prompt.messages, provider.max_output_tokens, message_id)
        reply = await attempt(self._clients[provider.name], call, provider.timeouts, prompt.tokens)
        ms = reply.elapsed * 1000
        tried = {"provider": provider.name, "model": provider.model, "outcome": "ok", "error": None, "elapsed_ms": ms}
        return {
            "source": "PROVIDER",
            "provider": provider.name,
            "model": provider.model,
            "text": reply.text,
            "finish_reason": reply.finish_reason,
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.completion_tokens,
            "first_token_ms": reply.first_token * 1000,
            "provider_ms": ms,
            "tries": [tried],
            "cache": None,
        }

    async def _close(self) -> None:
        for client in self._clients.values():
            await client.close()

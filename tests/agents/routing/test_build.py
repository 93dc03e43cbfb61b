"""A worker's router, built from settings and environment."""

import logging
from pathlib import Path

import pytest

from agents.routing.build import build_router
from config.providers import ClientKind, ProvidersError
from config.settings import Settings
from local.provider import Provider as ProviderProcess
from tests.agents.routing.conftest import answer, due_in


async def test_build_router_takes_what_the_environment_offers(
    test_provider: ProviderProcess, client_kind: ClientKind, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {
        "MASTERX_LOCAL_PROVIDER_URL": test_provider.base_url,
        "MASTERX_LOCAL_PROVIDER_CLIENT": client_kind,
    }
    with caplog.at_level(logging.WARNING):
        router = build_router(Settings(), environ)
    assert "provider groq is left out: GROQ_API_KEY is not set" in caplog.messages
    response = await answer(router, due_in(20))
    assert response["provider"] == "local"
    await router.close()


def test_build_router_says_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(ProvidersError, match=r"can't be read"):
        build_router(Settings(providers_file=f"{tmp_path}/none.yaml"), {})


async def test_bandit_leaves_a_failing_provider_and_learns_from_rewards(
    test_provider: ProviderProcess, tmp_path: Path
) -> None:
    entry = "  - {{name: {0}, model: openai/{0}, client: http, key_required: false, api_base: {1}/{0}/v1,"
    entry += " context_tokens: 8192, price: {{input: 0, output: 0}}}}\n"
    file = tmp_path / "providers.yaml"
    lines = [entry.format(name, test_provider.url) for name in ("one", "two")]
    file.write_text('prices_as_of: "2026-11-01"\npolicy: bandit\nproviders:\n' + "".join(lines))
    router = build_router(Settings(providers_file=str(file)), {})
    response = await answer(router, due_in(20))
    assert response["decision"]["policy"] == "thompson-linear/1"
    assert sum(candidate["propensity"] for candidate in response["decision"]["candidates"]) == pytest.approx(1.0)
    for _ in range(60):
        router.bandit.learn("two", "explain", {"mastery": 0.4}, 1.0)
    chosen = [(await answer(router, due_in(20)))["provider"] for _ in range(20)]
    assert chosen.count("two") >= 15
    test_provider.control(mode="fail", provider="two")
    chosen = [(await answer(router, due_in(20)))["decision"]["candidates"][0]["provider"] for _ in range(30)]
    assert chosen[15:].count("one") >= 12
    await router.close()

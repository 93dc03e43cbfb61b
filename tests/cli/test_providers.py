"""A provider is called where its key is, and nobody is told of those without one."""

from pathlib import Path

import pytest

from cli.demo.startup import PROVIDERS
from cli.providers import callable_providers


def test_without_a_key_there_is_none_and_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    assert callable_providers("", {}) == ()
    assert not caplog.records


def test_a_key_in_the_environment_is_used() -> None:
    assert callable_providers("", {"GROQ_API_KEY": "a"}) == ("groq",)


def test_the_rehearsal_provider_needs_its_address_only() -> None:
    assert callable_providers(str(PROVIDERS), {"MASTERX_REHEARSAL_URL": "http://127.0.0.1:1/v1"}) == ("rehearsal",)


def test_a_providers_file_of_ones_own_decides(tmp_path: Path) -> None:
    own = tmp_path / "providers.yaml"
    own.write_text(PROVIDERS.read_text().replace("MASTERX_REHEARSAL_URL", "OWN_URL"))
    assert callable_providers(str(own), {"MASTERX_REHEARSAL_URL": "http://127.0.0.1:1/v1"}) == ()
    assert callable_providers(str(own), {"OWN_URL": "http://127.0.0.1:1/v1"}) == ("rehearsal",)

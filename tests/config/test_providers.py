import logging
from pathlib import Path

import pytest

from config.providers import BUILT_IN, ProvidersError, available, read_file

ALL_KEYS = {
    "GROQ_API_KEY": "secret-groq",
    "GEMINI_API_KEY": "secret-gemini",
    "EMERGENT_API_KEY": "secret-emergent",
    "EMERGENT_API_BASE": "https://emergent.example/v1",
    "MASTERX_LOCAL_PROVIDER_URL": "http://127.0.0.1:8080/v1/",
}

ENTRY = """
prices_as_of: "2026-11-01"
providers:
  - name: mine
    model: openai/mine
    key_env: MINE_KEY
    context_tokens: 8192
    price: {input: 1, output: 2}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "providers.yaml"
    path.write_text(text)
    return path


def test_built_in_providers_in_declared_order() -> None:
    ready = available(read_file(BUILT_IN), ALL_KEYS)
    assert [provider.name for provider in ready] == ["groq", "gemini", "emergent", "local"]
    assert ready[0].model == "groq/llama-3.3-70b-versatile"
    assert ready[2].api_base == "https://emergent.example/v1"
    assert ready[3].api_base == "http://127.0.0.1:8080/v1"


def test_provider_without_key_is_left_out_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    environ = {name: value for name, value in ALL_KEYS.items() if name != "GROQ_API_KEY"}
    with caplog.at_level(logging.WARNING):
        ready = available(read_file(BUILT_IN), environ)
    assert "groq" not in [provider.name for provider in ready]
    assert [record.getMessage() for record in caplog.records] == ["provider groq is left out: GROQ_API_KEY is not set"]


def test_a_key_comes_from_a_file_where_no_variable_says_anything_of_it(tmp_path: Path) -> None:
    (tmp_path / "groq_api_key").write_text("from the file\n")
    (tmp_path / "gemini_api_key").write_text("from the file")
    environ = {"MASTERX_SECRETS_DIR": str(tmp_path), "GEMINI_API_KEY": ""}
    (ready,) = available(read_file(BUILT_IN), environ)
    assert (ready.name, ready.key.get_secret_value()) == ("groq", "from the file")


def test_keys_are_neither_logged_nor_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ready = available(read_file(BUILT_IN), {**ALL_KEYS, "EMERGENT_API_BASE": ""})
    shown = repr(ready) + caplog.text
    assert "secret" not in shown
    assert ready[0].key.get_secret_value() == "secret-groq"


def test_no_provider_at_all_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert available(read_file(BUILT_IN), {}) == ()
    assert "every reply will be the offline one" in caplog.messages[-1]


@pytest.mark.parametrize("kind", ["http", "litellm"])
def test_local_client_is_chosen_by_the_environment(kind: str) -> None:
    local = available(read_file(BUILT_IN), {**ALL_KEYS, "MASTERX_LOCAL_PROVIDER_CLIENT": kind})[-1]
    assert local.client == kind


@pytest.mark.parametrize(
    "address", ["http://", "http://:8080/v1", "http://host:http/v1", "http://host:99999/v1", "http://[::1/v1"]
)
def test_address_that_can_not_be_called_is_one_line(address: str) -> None:
    with pytest.raises(ProvidersError, match="provider local: its address names no host, or a port that is none"):
        available(read_file(BUILT_IN), {**ALL_KEYS, "MASTERX_LOCAL_PROVIDER_URL": address})


@pytest.mark.parametrize("key", ["two\nlines", "g\u2026"])
def test_key_that_would_break_the_header_names_its_variable_and_is_not_shown(key: str) -> None:
    with pytest.raises(ProvidersError, match="GROQ_API_KEY holds what can't stand in a header") as raised:
        available(read_file(BUILT_IN), {**ALL_KEYS, "GROQ_API_KEY": key})
    assert key not in str(raised.value)


def test_file_in_another_encoding_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "providers.yaml"
    path.write_bytes(("# für alle" + ENTRY).encode("latin-1"))
    with pytest.raises(ProvidersError, match=r"providers.yaml: not valid YAML: not in UTF-8"):
        read_file(path)


def test_unknown_client_names_the_variable_and_the_choice() -> None:
    with pytest.raises(ProvidersError, match="MASTERX_LOCAL_PROVIDER_CLIENT is 'grpc'; set it to litellm or http"):
        available(read_file(BUILT_IN), {**ALL_KEYS, "MASTERX_LOCAL_PROVIDER_CLIENT": "grpc"})


def test_address_without_scheme_is_refused() -> None:
    with pytest.raises(ProvidersError, match=r"MASTERX_LOCAL_PROVIDER_URL is '127.0.0.1:8080'; it must start with"):
        available(read_file(BUILT_IN), {**ALL_KEYS, "MASTERX_LOCAL_PROVIDER_URL": "127.0.0.1:8080"})


def test_adding_a_provider_is_an_entry(tmp_path: Path) -> None:
    (mine,) = available(read_file(written(tmp_path, ENTRY)), {"MINE_KEY": "k"})
    assert mine.cost_usd(1_000_000, 500_000) == pytest.approx(2.0)
    assert mine.user == "pseudonym"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("context_tokens: 8192", "context_tokens: many"), r"provider 'mine'.context_tokens: .*integer"),
        (("    key_env: MINE_KEY\n", ""), r"provider 'mine': needs key_env, or key_required: false"),
        (("name: mine", "name: Mine!"), r"provider 'Mine!'.name"),
        (("price: {input: 1, output: 2}", "price: {input: -1, output: 2}"), r"provider 'mine'.price.input"),
        (("key_env: MINE_KEY", "key_env: MINE_KEY\n    colour: red"), r"provider 'mine'.colour: Extra inputs"),
        (("model: openai/mine", "model: openai/mine\n    client: http"), "provider 'mine': client http needs api_base"),
        (("price:", "strengths: {explain: 2}\n    price:"), "strengths must lie between 0 and 1: explain"),
        (("providers:", "providers: ]"), "not valid YAML in line"),
        (("prices_as_of: ", "since: 2026-02-30\nprices_as_of: "), "not valid YAML: day"),
        (("providers:", f"more: {'[' * 5000}\nproviders:"), "not valid YAML: nested too deep"),
        (("price:", "timeouts: {total: .nan}\n    price:"), "provider 'mine'.timeouts.total: .*finite"),
        (("price:", "timeouts: {total: .inf}\n    price:"), "provider 'mine'.timeouts.total: .*finite"),
        (("providers:", "budgets: {day_usd: .nan}\nproviders:"), "budgets.day_usd: .*finite"),
        (("price: {input: 1", "price: {input: .inf"), "provider 'mine'.price.input: .*finite"),
        (("prices_as_of", "prices_since"), "prices_as_of: Field required"),
    ],
)
def test_errors_are_one_line_that_names_the_place(tmp_path: Path, change: tuple[str, str], line: str) -> None:
    path = written(tmp_path, ENTRY.replace(*change))
    with pytest.raises(ProvidersError, match=line) as raised:
        read_file(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_two_entries_with_one_name_are_refused(tmp_path: Path) -> None:
    entry = ENTRY.split("providers:\n")[1]
    with pytest.raises(ProvidersError, match="declared twice: mine"):
        read_file(written(tmp_path, ENTRY + entry))


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProvidersError, match="can't be read: No such file"):
        read_file(tmp_path / "none.yaml")

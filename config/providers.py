"""The declared LLM providers: `providers.yaml` read, checked, and matched with the environment's keys."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from config import secret_files
from config.invalid import said
from config.yaml_model import parsed, place

BUILT_IN = Path(__file__).parent / "providers.yaml"

UserField = Literal["none", "pseudonym", "learner"]
ClientKind = Literal["litellm", "http"]

log = logging.getLogger(__name__)


class ProvidersError(ValueError):
    """The providers file can't be used. The message is one line for people."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Price(_Part):
    """US dollars per million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class Limits(_Part):
    """What the key may do; 0 requests or tokens a minute: not known, so not watched."""

    requests_per_minute: int = Field(0, ge=0)
    tokens_per_minute: int = Field(0, ge=0)
    concurrent: int = Field(256, ge=1)


class Timeouts(_Part):
    """Seconds that one try may take: to its first token, between two tokens, in all."""

    first_token: float = Field(8.0, gt=0)
    between_tokens: float = Field(5.0, gt=0)
    total: float = Field(20.0, gt=0)


class ProviderEntry(_Part):
    """One entry of `providers.yaml`, as written."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    model: str = Field(min_length=1)
    model_env: str = ""
    client: ClientKind = "litellm"
    client_env: str = ""
    key_env: str = ""
    key_required: bool = True
    api_base: str = ""
    api_base_env: str = ""
    user: UserField = "pseudonym"
    region: str = ""
    context_tokens: int = Field(ge=256)
    max_output_tokens: int = Field(1024, ge=1)
    price: Price
    limits: Limits = Limits()
    timeouts: Timeouts = Timeouts()
    strengths: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.key_required and not self.key_env:
            raise ValueError("needs key_env, or key_required: false")
        if self.client == "http" and not (self.api_base or self.api_base_env):
            raise ValueError("client http needs api_base or api_base_env")
        off = sorted(task for task, strength in self.strengths.items() if not 0 <= strength <= 1)
        if off:
            raise ValueError(f"strengths must lie between 0 and 1: {', '.join(off)}")
        return self


class Budgets(_Part):
    """US dollars a UTC day; 0: no limit."""

    learner_day_usd: float = Field(0.0, ge=0)
    tenant_day_usd: float = Field(0.0, ge=0)
    day_usd: float = Field(0.0, ge=0)


class ProvidersFile(_Part):
    """The whole of `providers.yaml`."""

    prices_as_of: str
    policy: Literal["declared-order", "bandit"] = "declared-order"
    budgets: Budgets = Budgets()
    providers: list[ProviderEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [entry.name for entry in self.providers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared twice: {', '.join(twice)}")
        return self


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be called: an entry with its key and address filled in."""

    name: str
    model: str
    client: ClientKind
    key: SecretStr
    api_base: str
    user: UserField
    region: str
    context_tokens: int
    max_output_tokens: int
    price: Price
    limits: Limits
    timeouts: Timeouts
    strengths: Mapping[str, float]
    prices_as_of: str

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What a call of that many tokens costs by the declared prices, US dollars."""
        return (prompt_tokens * self.price.input + completion_tokens * self.price.output) / 1_000_000


def _one_line(error: ValidationError, raw: object) -> str:
    first = error.errors()[0]
    where = list(first["loc"])
    if len(where) >= 2 and where[0] == "providers" and isinstance(raw, dict):
        entry = raw["providers"][where[1]]
        name = entry.get("name") if isinstance(entry, dict) else None
        where = [f"provider {name or where[1]!r}", *where[2:]]
    place = ".".join(str(part) for part in where)
    return f"{place}: {said(first)}" if place else said(first)


def read_file(path: Path = BUILT_IN) -> ProvidersFile:
    """The declared providers. Raises `ProvidersError` with one line that names the file and the field."""
    try:
        raw = parsed(path)
    except OSError as error:
        raise ProvidersError(f"{path}: can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ProvidersError(f"{path}: not valid YAML{place(error)}") from error
    try:
        return ProvidersFile.model_validate(raw)
    except ValidationError as error:
        raise ProvidersError(f"{path}: {_one_line(error, raw)}") from error


def provider_of(
    entry: ProviderEntry, *, model: str, client: ClientKind, key: str, api_base: str, prices_as_of: str
) -> Provider:
    """`entry` with what the environment says of it."""
    return Provider(
        name=entry.name,
        model=model,
        client=client,
        key=SecretStr(key),
        api_base=api_base,
        user=entry.user,
        region=entry.region,
        context_tokens=entry.context_tokens,
        max_output_tokens=entry.max_output_tokens,
        price=entry.price,
        limits=entry.limits,
        timeouts=entry.timeouts,
        strengths=entry.strengths,
        prices_as_of=prices_as_of,
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _resolved(entry: ProviderEntry, prices_as_of: str, environ: Mapping[str, str]) -> Provider | str:
    """The provider, or the reason why it can't be called."""
    key = secret_files.read(entry.key_env, environ) if entry.key_env else ""
    if entry.key_required and not key:
        return f"{entry.key_env} is not set"
    api_base = (environ.get(entry.api_base_env, "").strip() if entry.api_base_env else "") or entry.api_base
    if entry.api_base_env and not api_base:
        return f"{entry.api_base_env} is not set"
    client = (environ.get(entry.client_env, "").strip() if entry.client_env else "") or entry.client
    if client not in ("litellm", "http"):
        raise ProvidersError(f"{entry.client_env} is {client!r}; set it to litellm or http")
    if client == "http" and not api_base:
        raise ProvidersError(f"provider {entry.name}: client http needs api_base or api_base_env")
    if api_base and not api_base.startswith(("http://", "https://")):
        where = entry.api_base_env if environ.get(entry.api_base_env) else f"provider {entry.name}: api_base"
        raise ProvidersError(f"{where} is {api_base!r}; it must start with http:// or https://")
    if api_base and not _is_address(api_base):
        raise ProvidersError(f"provider {entry.name}: its address names no host, or a port that is none")
    if not (key.isascii() and key.isprintable()):
        raise ProvidersError(f"{entry.key_env} holds what can't stand in a header")
    return provider_of(
        entry,
        model=(environ.get(entry.model_env, "").strip() if entry.model_env else "") or entry.model,
        client="http" if client == "http" else "litellm",
        key=key,
        api_base=api_base.rstrip("/"),
        prices_as_of=prices_as_of,
    )


def available(declared: ProvidersFile, environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """The providers that `environ` holds keys and addresses for, in declared order; one log line for each other.

    Raises `ProvidersError` for a variable whose value can't be meant.
    """
    ready = []
    for entry in declared.providers:
        provider = _resolved(entry, declared.prices_as_of, environ)
        if isinstance(provider, Provider):
            ready.append(provider)
        else:
            log.warning("provider %s is left out: %s", entry.name, provider)
    if not ready:
        log.warning("no provider can be called: every reply will be the offline one")
    return tuple(ready)

"""Every setting of the system, read from `MASTERX_*` environment variables and an optional `.env` file."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from config.secret_files import FOLDER


class Settings(BaseSettings):
    """Addresses, limits and switches. A field `x_y` is set by the environment variable `MASTERX_X_Y`."""

    model_config = SettingsConfigDict(
        env_prefix="MASTERX_", env_file=".env", extra="ignore", frozen=True, allow_inf_nan=False
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Below the environment and `.env`: files called `masterx_x_y` in the folder that `MASTERX_SECRETS_DIR` names.

        Orchestrators mount secrets as such files, which no list of processes shows. Raises
        `pydantic_settings.SettingsError` where there is no such folder.
        """
        folder = os.environ.get(FOLDER)
        if folder and not Path(folder).is_dir():
            # Else everybody would go on without the secrets, and fail somewhere else or, where none is needed, not.
            raise SettingsError(f"{FOLDER}={folder} is not a directory")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder) if folder else file_secret_settings
        return init_settings, env_settings, dotenv_settings, files

    @field_validator("clickhouse_url", "redis_url", "schema_registry_url")
    @classmethod
    def _splits(cls, address: str) -> str:
        # Whoever takes its parts would stumble over them; which schemes there may be, each client says itself.
        try:
            _ = urlsplit(address).port
        except ValueError as error:
            # What it stumbled over may be a part of a password.
            raise ValueError(
                "no address such as redis://host:6379; in a login, / is written %2F, ? %3F and # %23"
            ) from error
        return address

    # Addresses
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, comma-separated")
    broker: Literal["kafka", "pocket"] = Field("kafka", description="what answers at `kafka_bootstrap`")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="whether connections to Kafka are encrypted (SSL) and log in (SASL)"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how a user proves its password"
    )
    kafka_user: str = Field("", description="who logs in; see `masterx topics acls` for what each app may do")
    kafka_password: SecretStr = SecretStr("")
    kafka_ca_file: str = Field("", description="PEM file of who signed the brokers' certificates; empty: the system's")
    clickhouse_url: str = Field("http://127.0.0.1:8123", description="ClickHouse's HTTP interface")
    clickhouse_user: str = Field("default", description="who logs in; `masterx grants` prints what each may do")
    clickhouse_password: SecretStr = SecretStr("")
    clickhouse_ca_file: str = Field("", description="PEM file of who signed its certificate; empty: the system's")
    clickhouse_database: str = "masterx"
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis or Valkey; rediss:// is encrypted")
    redis_user: str = Field("", description="who logs in; `masterx redis acls` prints what each may do")
    redis_password: SecretStr = SecretStr("")
    redis_ca_file: str = Field("", description="PEM file of who signed Redis's certificate; empty: the system's")
    schema_registry_url: str = Field("", description="Confluent-compatible registry; empty: none")

    # Topics
    partitions: int = Field(8, ge=1, description="of every learner topic; one count for all of them")
    replication_factor: int = Field(1, ge=1)
    retention_hours: int = Field(168, ge=1, description="of every topic that is not compacted")

    # Workers
    data_dir: str = Field(".masterx/workers", description="where a worker keeps its table store")
    concurrency: int = Field(5000, ge=1, description="records of one agent under way at once, all keys")
    partition_span: int = Field(20000, ge=1, description="offsets a partition may run ahead of its oldest")
    drain_seconds: float = Field(10.0, gt=0, description="for work under way at a stop or a rebalance")
    session_timeout_seconds: float = Field(6.0, gt=0, description="a silent worker loses its partitions")
    rebalance_timeout_seconds: float = Field(15.0, gt=0, description="for all members to join again")
    fetch_max_wait_ms: int = Field(50, ge=1)
    fetch_sessions: bool = Field(True, description="fetches name what changed (KIP-227); see delivery.md")
    weigh_partitions: bool = Field(False, description="deal partitions out by their records, not by their number")
    shared_seconds: float = Field(10.0, gt=0, description="between publications of what all learners teach")
    metrics_host: str = Field("127.0.0.1", description="address of a worker's `/livez` and `/metrics`")
    metrics_port: int = Field(0, ge=0, le=65535, description="of a worker's `/livez` and `/metrics`; 0: none")
    stuck_seconds: float = Field(300.0, gt=0, description="without progress before a worker ends itself with 75")
    memory_limit_mb: int = Field(0, ge=0, description="above it a worker ends itself with 75; 0: no limit")
    accept_poison: bool = Field(False, description="go on though most records are refused")
    poison_window: int = Field(1000, ge=10)
    poison_ratio: float = Field(0.5, gt=0, le=1)

    # Messages
    max_text_chars: int = Field(8000, ge=1, description="of a learner's message; longer ones are refused")
    max_future_seconds: float = Field(300.0, ge=0, description="how far `sent_at` may lie ahead")
    deadline_seconds: float = Field(30.0, gt=0, description="from the broker's append time to an answer")
    routing_workers: int = Field(
        1, ge=1, description="routing workers that run: each keeps to its part of the keys' limits a minute"
    )
    context_tokens: int = Field(1500, ge=64, description="prompt budget, the learner's message included")
    context_turns: int = Field(12, ge=1, description="past turns kept per learner")
    emotion_encoder_share: float = Field(
        0.35, ge=0, le=1, description="of a core for one worker's emotion encoder; beyond it the n-gram model reads"
    )
    hurry_seconds: float = Field(
        0.03, ge=0, description="a message that waited longer for context or emotion is read by their quick models"
    )
    emotion_off: str = Field(
        "", description="tenants whose learners' feelings are not scored, comma-separated; `*`: all. A crisis still is"
    )
    dedupe_ids: int = Field(256, ge=1, description="input ids remembered with each learner's state")

    # Providers
    providers_file: str = Field("", description="a providers.yaml in place of the built-in one")
    curriculum_file: str = Field("", description="a curriculum.yaml in place of the built-in one")
    experiments_file: str = Field("", description="an experiments.yaml in place of the built-in one, which has none")

    reply_cache_hours: float = Field(
        168.0,
        ge=0,
        le=87_600,
        description="how old a reply may be that is given to the same question again; 0: none is kept",
    )

    # Sinks
    sink_batch_rows: int = Field(10000, ge=1)
    sink_batch_seconds: float = Field(1.0, gt=0)
    clickhouse_cluster: str = Field("", description="cluster on whose servers tables are replicated; empty: none")
    clickhouse_sharded: bool = Field(False, description="spread the cluster's tables over its shards, by learner")
    ttl_days: int = Field(730, ge=1, description="rows in ClickHouse, counted from `ingested_at`")
    ttl_days_emotion: int = Field(90, ge=1, description="emotion scores, counted from `ingested_at`")

    # Gateway
    gateway_host: str = Field("127.0.0.1", description="address to listen on; others than loopback need keys or JWKS")
    gateway_port: int = Field(8080, ge=0, le=65535, description="0: a free one")
    gateway_jwt_key: SecretStr = Field(SecretStr(""), description="shared key of HS256 tokens, at least 32 bytes")
    gateway_jwks: str = Field("", description="file or https address of the public keys of RS256, ES256, EdDSA tokens")
    gateway_jwt_issuer: str = Field("", description="`iss` that tokens must have; empty: any")
    gateway_jwt_audience: str = Field("", description="`aud` that tokens must have; empty: any")
    gateway_api_keys: SecretStr = Field(
        SecretStr(""), description="`TENANT:staff|admin:SHA256` of keys, comma-separated"
    )
    gateway_origins: str = Field("", description="origins whose pages may use it, comma-separated, besides its own")
    gateway_max_body_bytes: int = Field(65536, ge=1024, description="of a posted event")
    gateway_max_streams: int = Field(20000, ge=1, description="open at once")
    gateway_learner_streams: int = Field(8, ge=1, description="of one learner open at once")
    gateway_in_flight: int = Field(2000, ge=1, description="events that wait for Kafka at once; above that: 503")
    gateway_learner_in_flight: int = Field(16, ge=1, description="of one learner; above that: 429")
    gateway_learner_rate: int = Field(240, ge=0, description="requests a minute of one learner; 0: any number")
    gateway_tenant_rate: int = Field(0, ge=0, description="requests a minute of one tenant; 0: any number")
    gateway_tenant_quota: int = Field(0, ge=0, description="posted events a day of one tenant; 0: any number")
    gateway_produce_seconds: float = Field(5.0, gt=0, description="for Kafka to confirm an event")
    gateway_stream_frames: int = Field(256, ge=8, description="that may wait for a slow client before it is dropped")
    gateway_replay_bytes: int = Field(64 * 2**20, ge=2**20, description="of replies kept in memory to resume streams")
    gateway_replay_seconds: float = Field(300.0, ge=0, description="of replies read at the start")
    gateway_replay_records: int = Field(100_000, ge=1, description="of a partition that resuming one stream may read")

    # Traces
    trace_to: str = Field("", description="address that takes OTLP over HTTP, or a file: where spans go; empty: none")
    trace_share: float = Field(0.01, ge=0, le=1, description="of all messages that are followed, where `trace_to` is")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once.

    Raises `pydantic.ValidationError` when a variable's value is not valid, and `pydantic_settings.SettingsError` when
    the folder of secrets is not there or a file is no text; the command line turns both into one line.
    """
    try:
        return Settings()
    except UnicodeDecodeError as error:
        raise SettingsError(".env is not in UTF-8: save it as such") from error

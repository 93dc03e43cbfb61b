"""`masterx gateway`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import BAD_SETTING, CANNOT_CREATE, Failure
from cli.ready_file import require
from cli.screen import note, out

if TYPE_CHECKING:
    from config.settings import Settings
    from gateway.parts import Check, MakeHeaders, Sent
    from pipeline.telemetry.tracing import Tracer

TOKEN_SECONDS = 12 * 3600
TENANT, LEARNER = "demo", "me"


def gateway(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    tenant: Annotated[str, typer.Option(help="Of the development tokens.")] = TENANT,
    learner: Annotated[str, typer.Option(help="Of the development tokens.")] = LEARNER,
    ready_file: Annotated[Path | None, typer.Option(help="Write the port here once requests are taken.")] = None,
) -> None:
    """Serve HTTP, WebSockets and the pages until SIGTERM or Ctrl-C.

    Where no key is set, and only this machine can reach it, it makes development tokens and prints them once.
    """
    import asyncio
    import logging
    import secrets
    import sys

    from pydantic import SecretStr

    from cli.kafka import require_broker
    from config.settings import settings
    from gateway.auth import AuthSettingError, sign
    from gateway.parts import Parts
    from gateway.server import is_loopback, listen, serve
    from pipeline.telemetry.tracing import tracer

    require(ready_file)
    chosen = settings()
    host = host or chosen.gateway_host
    keyless = not (chosen.gateway_jwt_key.get_secret_value() or chosen.gateway_jwks)
    unguarded = keyless and not chosen.gateway_api_keys.get_secret_value()
    if unguarded and not is_loopback(host):
        raise Failure(
            BAD_SETTING,
            f"nobody could be known at {host}: set MASTERX_GATEWAY_JWT_KEY, MASTERX_GATEWAY_JWKS or "
            "MASTERX_GATEWAY_API_KEYS, or listen on 127.0.0.1",
        )
    if unguarded:
        chosen = chosen.model_copy(update={"gateway_jwt_key": SecretStr(secrets.token_hex(32))})
    logging.basicConfig(
        level=chosen.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    require_broker(chosen)
    try:
        spans = tracer("masterx-gateway", chosen)
        parts = Parts(chosen, check(chosen), make_headers(), sent_to(spans))
        asyncio.run(parts.read_keys())
    except (AuthSettingError, ValueError) as error:
        raise Failure(BAD_SETTING, str(error)) from error
    wanted = chosen.gateway_port if port is None else port
    try:
        listening = listen(host, wanted)
    except OSError as error:
        raise Failure(
            CANNOT_CREATE, f"can't listen on {host}:{wanted}: {error.strerror}; choose another --port or --host"
        ) from error
    taken = listening.getsockname()[1]
    address = f"http://{f'[{host}]' if ':' in host else host}:{taken}"

    def ready() -> None:
        out(f"export MASTERX_GATEWAY_URL={address}")
        if unguarded:
            key = chosen.gateway_jwt_key.get_secret_value()
            tokens = {
                "chat": sign(key, tenant=tenant, role="learner", learner=learner, seconds=TOKEN_SECONDS),
                "dashboard": sign(key, tenant=tenant, role="admin", learner=None, seconds=TOKEN_SECONDS),
            }
            note("development tokens, good for 12 hours and while this process runs:")
            for name, token in tokens.items():
                # Behind '#', where no server and no log sees it.
                note(f"{name:>9}  {address}/{name}#token={token}")
        note("ready; Ctrl-C ends it")
        if ready_file is not None:
            ready_file.write_text(str(taken))

    code = serve(parts, listening, ready)
    if spans is not None:
        spans.close()
    raise typer.Exit(code)


def check(settings: "Settings") -> "Check":
    """What the pipeline would refuse, refused before it gets there."""
    import time

    from cli.apps import check as delivery_check
    from gateway.refusal import Refusal
    from pipeline.delivery.record import Refused
    from schemas.codec import Event

    checked = delivery_check(settings)

    def refuse(name: str, event: Event) -> None:
        try:
            checked(name, event, time.time_ns() // 1000)
        except Refused as error:
            raise Refusal(422, error.reason, str(error)) from error

    return refuse


def sent_to(spans: "Tracer | None") -> "Sent":
    """What makes the root span of a followed event."""
    from schemas.codec import Event
    from schemas.topics import Topic

    def sent(topic: Topic, event: Event, headers: list[tuple[str, bytes]], started: int) -> None:
        if spans is not None:
            spans.published(topic.name, event.get("message_id"), dict(headers), started)

    return sent


def make_headers() -> "MakeHeaders":
    """CloudEvents headers of an event that enters at the gateway."""
    from cli.kafka import event_headers
    from schemas.codec import Event
    from schemas.topics import Topic

    def made(topic: Topic, event: Event) -> list[tuple[str, bytes]]:
        return event_headers(topic, event, "gateway")

    return made

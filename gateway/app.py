"""The ASGI app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway import openapi
from gateway.compose import POSTED
from gateway.headers import SecurityHeaders
from gateway.json import json_response
from gateway.parts import Parts
from gateway.refusal import Refusal, response_to
from gateway.routes import health, pages, posts, reads, streams, watch


def routes() -> list[BaseRoute]:
    """All routes."""
    return [
        *(Route(f"/v1/{name}", posts.post(topic), methods=["POST"]) for name, topic in POSTED.items()),
        WebSocketRoute("/v1/stream", streams.stream),
        Route("/v1/events", streams.events),
        WebSocketRoute("/v1/metrics", watch.metrics),
        Route("/v1/learners/{learner}/profile", reads.profile),
        Route("/v1/learners/{learner}/reviews", reads.reviews),
        Route("/v1/learners/{learner}/predictions", reads.predictions),
        Route("/v1/learners/{learner}/history", reads.learner_history),
        Route("/v1/responses/{id}/why", reads.why),
        Route("/v1/ahead", reads.look_ahead),
        Route("/livez", health.livez),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
        Route("/openapi.json", _openapi),
        Route("/", pages.front),
        Route("/{name}", pages.page),
    ]


def create(parts: Parts, *, loopback: bool) -> Starlette:
    """The app on `parts`, which it starts and stops. `loopback`: only this machine can reach it."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await parts.start()
        try:
            yield
        finally:
            await parts.stop()

    app = Starlette(
        routes=routes(),
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, origins=parts.origins)],
        exception_handlers={Refusal: _refused, HTTPException: _http, Exception: _defect},
    )
    app.state.parts, app.state.loopback, app.state.registry = parts, loopback, health.registry_of(parts)
    return app


async def _openapi(_request: Request) -> Response:
    return json_response(openapi.document())


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return response_to(error)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    answer = json_response({"error": codes.get(error.status_code, "http"), "message": error.detail}, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _defect(_request: Request, _error: Exception) -> Response:
    # The server logs the traceback; the caller learns nothing of the inside.
    return json_response({"error": "defect", "message": "a defect of the gateway; its log says where"}, 500)

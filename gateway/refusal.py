"""How a request is refused: a status, a word for programs and a line for people."""

from collections.abc import Mapping

from starlette.responses import Response

from gateway.json import json_response


class Refusal(Exception):
    """Ends a request. `code` is a word for programs, `line` says what is wrong and what to do; nothing secret."""

    def __init__(
        self,
        status: int,
        code: str,
        line: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(line)
        self.headers = dict(headers or {})
        self.status, self.code, self.line, self.retry_after = status, code, line, retry_after


def unauthorised(line: str) -> Refusal:
    """401: nobody is known by this token."""
    return Refusal(401, "unauthorised", line)


def forbidden(line: str) -> Refusal:
    """403: known, but not allowed."""
    return Refusal(403, "forbidden", line)


def later(code: str, line: str, seconds: int, *, status: int = 503) -> Refusal:
    """503 (or 429) with Retry-After."""
    return Refusal(status, code, line, retry_after=seconds)


def response_to(refusal: Refusal) -> Response:
    """The answer that carries `refusal`."""
    headers = dict(refusal.headers)
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="masterx"'
    return json_response({"error": refusal.code, "message": refusal.line}, refusal.status, headers)

"""A schema registry's answers as Confluent's API documents them, over a real socket.

It stands in for a registry that can't be had from a package registry. `GET /schemas/ids/{id}` answers 200 with
`{"schema": "…"}`, 404 with `{"error_code": 40403, …}`, both as `application/vnd.schemaregistry.v1+json`.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

NOT_FOUND = (404, json.dumps({"error_code": 40403, "message": "Schema not found"}))
BACKEND_ERROR = (500, json.dumps({"error_code": 50001, "message": "Error in the backend data store"}))


def registered(schema: Any, **more: Any) -> tuple[int, str]:
    """The answer for a schema that is there; `more` as for other types (`schemaType`) and `references`."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return 200, json.dumps({"schema": text, **more})


class RecordedRegistry:
    """Answers by path; `asked` holds the paths in order. Use it as a context manager."""

    def __init__(self, port: int = 0) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                recorded.asked.append(self.path)
                status, body = recorded.answers.get(self.path, NOT_FOUND)
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def holds(self, schema_id: int, answer: tuple[int, str]) -> None:
        """What it answers for `schema_id` from now on."""
        self.answers[f"/schemas/ids/{schema_id}"] = answer

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

"""Requests made up from the OpenAPI document by schemathesis: well-formed ones and ill-formed ones."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from benchmarks.gateway.security.asking import OPEN
from benchmarks.gateway.security.table import Table

GROUP = "Made up from the OpenAPI document"
READ_SECONDS = 0.3
PATIENCE = 30.0
# What the HTTP layer itself answers, before any operation.
ANYWHERE = frozenset({400, 404, 405, 414, 431})


class Fuzz:
    """Asks with made-up requests; `undocumented` counts statuses that the document does not name."""

    def __init__(self, address: str, table: Table) -> None:
        self._address, self._table = address, table
        self._http = requests.Session()
        self._http.trust_env = False
        self.undocumented: Counter[str] = Counter()
        self.requests = 0
        self.failures: list[str] = []

    def run(self, who: Mapping[str, str], *, examples: int, seed: int = 1) -> None:
        """`examples` requests of both kinds to every operation, with each of the Authorization headers `who`."""
        document = self._http.get(f"{self._address}/openapi.json", timeout=PATIENCE).json()
        for operation in _operations(document):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    strategy = operation.as_strategy(generation_mode=mode)
                except Exception as error:
                    # An operation without parameters has no ill-formed requests.
                    if "negative" in str(error).lower() or "unsatisfiable" in type(error).__name__.lower():
                        continue
                    raise
                self._ask(operation, strategy, mode, who, examples, seed)

    def _ask(self, operation: Any, strategy: Any, mode: Any, who: Mapping[str, str], examples: int, seed: int) -> None:
        @seeded(seed)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=strategy)
        def ask(case: Any) -> None:
            for name, authorization in who.items():
                self._one(case, operation, f"{mode.value} requests by {name}", authorization)

        with contextlib.suppress(Unsatisfiable):
            ask()

    def _one(self, case: Any, operation: Any, what: str, authorization: str) -> None:
        asked = case.as_transport_kwargs(base_url=self._address)
        asked["headers"] = {**dict(asked["headers"]), "Authorization": authorization}
        where = f"{operation.method.upper()} {operation.path}"
        self.requests += 1
        try:
            with self._http.request(**asked, stream=True, timeout=PATIENCE, allow_redirects=False) as answer:
                status = answer.status_code
                _read(answer)
        except (requests.exceptions.InvalidHeader, UnicodeError, requests.exceptions.InvalidURL):
            # The client's own library does not write such a request.
            self.requests -= 1
            return
        except requests.exceptions.RequestException as error:
            self.failures.append(f"{where}: {type(error).__name__}: {error}")
            self._table.control(GROUP, what, where, type(error).__name__, False)
            return
        declared = {int(code) for code in operation.definition.raw["responses"]}
        if status not in declared | ANYWHERE:
            self.undocumented[f"{where} {status}"] += 1
        if status >= 500 and operation.path not in OPEN:
            self.failures.append(f"{where} {status}: {case.as_curl_command()}"[:2000])
            self._table.refusal(GROUP, what, where, status)
        else:
            self._table.control(GROUP, what, where, status, True)


def _operations(document: Mapping[str, Any]) -> Iterator[Any]:
    for found in schemathesis.openapi.from_dict(dict(document)).get_all_operations():
        yield found.ok()  # type: ignore[union-attr]


def _read(answer: requests.Response) -> None:
    """What comes within a moment: a stream of events has no end."""
    end = time.monotonic() + READ_SECONDS
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        next(answer.iter_content(4096), b"")
        return
    for _ in answer.iter_content(65536):
        if time.monotonic() > end:
            return

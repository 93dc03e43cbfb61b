"""When rows become visible to an analyst."""

import threading
import time
from types import TracebackType
from typing import Self

from cli.clickhouse import connected
from config.settings import Settings

# Each look costs the two cores some milliseconds: often enough for a figure of hundreds of milliseconds.
LOOK_EVERY_SECONDS = 0.1
QUERY = (
    "SELECT toString(message_id) FROM raw_responses WHERE tenant_id = {tenant:String} AND ingested_at > now64(3) - 5"
)


class Visible:
    """Asks ClickHouse again and again, in a thread, which responses of `tenant` it has."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self._settings = settings
        self._tenant = tenant
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.first_seen: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        with connected(self._settings) as client:
            while not self._over.wait(LOOK_EVERY_SECONDS):
                found = client.query(QUERY, parameters={"tenant": self._tenant}).result_rows
                now = time.time()
                for (message_id,) in found:
                    self.first_seen.setdefault(message_id, now)

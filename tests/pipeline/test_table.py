"""A table that can't be restored ends its worker; what can't be written to its changelog waits, or is left out."""

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types import TP

from pipeline import table as table_module
from pipeline.delivery.outbox import SendFailedError
from pipeline.table import FaustStates
from pipeline.telemetry.meter import Counts
from tests.pipeline.delivery.memory import MemoryLease


def test_what_cannot_be_restored_is_told_at_once() -> None:
    told: list[str] = []
    unused: Any = None
    app = faust.App("table-test", store="memory://", broker="kafka://127.0.0.1:1")
    FaustStates(app, "things", 1, unused, unused, lambda error: told.append(str(error)))
    table = app.tables["things"]

    class Full:
        def apply_changelog_batch(self, batch: Any, **_: Any) -> None:
            raise OSError("No space left on device")

    table._data = Full()
    with pytest.raises(OSError, match="No space"):
        table.apply_changelog_batch([])
    assert told == ["No space left on device"]


class Sent:
    def __init__(self, error: SendFailedError | None, key: bytes, written: list[bytes]) -> None:
        self.error, self.key, self.written = error, key, written

    def when_acknowledged(self, stored: Callable[[int], None]) -> None:
        pass

    async def acknowledged(self) -> None:
        if self.error is not None:
            raise self.error
        self.written.append(self.key)


class Changelog:
    """Fails what it is told to, as it is handed over or as it is awaited."""

    def __init__(self, *errors: SendFailedError | None, at_once: bool = False) -> None:
        self.errors = list(errors)
        self.at_once = at_once
        self.written: list[bytes] = []

    async def send(self, topic: str, key: bytes, value: bytes, partition: int, headers: object) -> Sent:
        error = self.errors.pop(0) if self.errors else None
        if error is not None and self.at_once:
            raise error
        return Sent(error, key, self.written)


class SlowChangelog(Changelog):
    """Acknowledges when it is told to, as a broker does whose answer was on its way for long."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: list[Callable[[int], None]] = []

    async def send(self, topic: str, key: bytes, value: bytes, partition: int, headers: object) -> Sent:
        sent = Sent(None, key, self.written)
        sent.when_acknowledged = self.stored.append  # type: ignore[method-assign]
        return sent


@pytest.mark.parametrize("moved", [False, True])
async def test_a_late_answer_does_not_change_a_table_that_was_restored_since(moved: bool) -> None:
    changelog = SlowChangelog()
    states = states_on(changelog, Counts())
    table: Any = states._app.tables["things"]
    rows: dict[bytes, bytes] = {}
    offsets: list[int] = []
    table._data = SimpleNamespace(
        _dbs={0: SimpleNamespace(put=rows.__setitem__)}, set_persisted_offset=lambda _, at: offsets.append(at)
    )
    await states.put(0, [(b"a", b"old")])
    if moved:
        # Away and back: another worker wrote what was restored.
        states._app.consumer_generation_id += 2
        rows[b"a"] = b"new"
    changelog.stored[0](150)
    assert (rows, offsets) == (({b"a": b"new"}, []) if moved else ({b"a": b"old"}, [150]))


@pytest.mark.parametrize("hours", [11, 13])
def test_a_table_that_lay_on_the_disk_for_long_is_restored_anew(hours: int, tmp_path: Path) -> None:
    # What was deleted while another worker had the partition may be gone from the changelog, with its tombstone.
    unused: Any = None

    def rows() -> Any:
        app = faust.App("table-test", store="rocksdb://", broker="kafka://127.0.0.1:1", datadir=str(tmp_path))
        FaustStates(app, "things", 1, unused, unused, lambda error: None)
        return app.tables["things"].data

    store, changelog = rows(), TP("table-test-things-changelog", 0)
    store._db_for_partition(0).put(b"t/erased", b"state")
    store.set_persisted_offset(changelog, 7)
    path = store.partition_path(0)
    store._dbs.clear()
    del store
    gc.collect()
    then = time.time() - hours * 3600
    for file in path.iterdir():
        os.utime(file, (then, then))

    again = rows()
    kept = again._db_for_partition(0).get(b"t/erased"), again.persisted_offset(changelog)
    assert kept == ((b"state", 7) if hours < 12 else (None, None))


def states_on(changelog: Changelog, counts: Counts) -> FaustStates:
    app = faust.App("table-test", store="memory://", broker="kafka://127.0.0.1:1")
    anything: Any = changelog
    return FaustStates(app, "things", 1, anything, MemoryLease(), lambda error: None, counts)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_changelog_that_may_not_be_written_is_said_and_waited_for(
    at_once: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(table_module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(table_module, "LONGEST_PAUSE", 0.002)
    counts = Counts()
    changelog = Changelog(*[SendFailedError("not allowed to write")] * 4, at_once=at_once)
    await states_on(changelog, counts).put(0, [(b"a", b"1"), (b"b", b"2")])
    assert sorted(changelog.written) == [b"a", b"b"]
    assert counts.retries == 2
    assert "can't write to table-test-things-changelog: not allowed to write" in caplog.text


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_value_that_no_broker_takes_is_told_once_the_others_are_written(at_once: bool) -> None:
    changelog = Changelog(SendFailedError("too large", hopeless=True), at_once=at_once)
    with pytest.raises(SendFailedError, match="too large"):
        await states_on(changelog, Counts()).put(0, [(b"a", b"1"), (b"b", b"2")])
    assert changelog.written == [b"b"]

"""A stage's state: a Faust table on RocksDB whose changelog is awaited before the record counts as done."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import faust
from faust.types import TP

from pipeline.delivery.outbox import FIRST_PAUSE, LONGEST_PAUSE, SAY_EVERY_SECONDS, SendFailedError, forever
from pipeline.delivery.ports import Lease
from pipeline.produce import FaustProducer
from pipeline.stale_table import discard_if_stale
from pipeline.telemetry.meter import Counts

log = logging.getLogger(__name__)

# A worker has a store for each table and partition, forty in `core` with eight partitions: at most 8 MiB each.
ROCKSDB_OPTIONS = {
    "max_open_files": 64,
    "write_buffer_size": 2 * 2**20,
    "max_write_buffer_number": 2,
    "target_file_size_base": 16 * 2**20,
    "block_cache_size": 4 * 2**20,
}

Change = tuple[bytes, bytes | None]


class FaustStates:
    """Values by partition and key. Faust restores them from the changelog; reading and writing are done here.

    Faust's own writes go out by `send_soon`, may be left behind by its flush, and take the partition from a context
    variable; these name the partition, wait for the broker's acknowledgement and only then touch the store.
    """

    def __init__(
        self,
        app: faust.App,
        name: str,
        partitions: int,
        producer: FaustProducer,
        lease: Lease,
        unrestored: Callable[[Exception], None],
        counts: Counts | None = None,
    ) -> None:
        """`unrestored` is told when what the changelog holds can't be stored, and should end the process."""
        self._app = app
        self._counts = counts or Counts()
        self._said = float("-inf")
        self._table = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            options=dict(ROCKSDB_OPTIONS),
            recovery_buffer_size=1000,
        )
        self._producer = producer
        self._lease = lease
        self._table._new_store = partial(_new_store, self._table._new_store)
        restore = self._table.apply_changelog_batch

        def restored(batch: Iterable[Any]) -> None:
            try:
                restore(batch)
            except Exception as error:
                # Faust's recovery would log it and try for ever, the worker neither at work nor ended.
                unrestored(error)
                raise

        self._table.apply_changelog_batch = restored

    def _store(self) -> Any:
        return self._table.data

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The value stored last, or `None`."""
        value: bytes | None = self._store()._db_for_partition(partition).get(key)
        return value

    async def put(self, partition: int, changes: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Write the changelog, wait for it, store.

        Raises `SendFailedError` for a value that no broker would take, once all others are stored, and `OSError` or the
        store's error when it can't be written.
        """
        pause = FIRST_PAUSE
        left = list(changes)
        hopeless: list[SendFailedError] = []
        while left:
            if not await self._lease.held():
                await forever()
            failed = await self._attempt(partition, left)
            hopeless += [error for _, error in failed if error.hopeless]
            left = [change for change, error in failed if not error.hopeless]
            if left:
                self._counts.retries += 1
                if pause == LONGEST_PAUSE:
                    self._say(next(error for _, error in failed if not error.hopeless))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        if hopeless:
            raise hopeless[0]

    def _say(self, error: SendFailedError) -> None:
        now = time.monotonic()
        if now - self._said >= SAY_EVERY_SECONDS:
            self._said = now
            log.warning("can't write to %s: %s; trying again", self._table.changelog_topic_name, error)

    async def _attempt(self, partition: int, changes: Sequence[Change]) -> list[tuple[Change, SendFailedError]]:
        topic = self._table.changelog_topic_name
        under_way = []
        failed = []
        for key, value in changes:
            try:
                sent = await self._producer.send(topic, key, value, partition, [])
            except SendFailedError as error:
                failed.append(((key, value), error))
                continue
            # Stored in the callback, in offset order: the persisted offset must never run ahead of the store.
            sent.when_acknowledged(partial(self._stored, self._app.consumer_generation_id, partition, key, value))
            under_way.append(((key, value), sent))
        for change, sent in under_way:
            try:
                await sent.acknowledged()
            except SendFailedError as error:
                failed.append((change, error))
        return failed

    def _stored(self, generation: int, partition: int, key: bytes, value: bytes | None, offset: int) -> None:
        store = self._store()
        # A partition that has been away since is restored from its changelog, this record in its place among those of
        # who had it meanwhile: put there now it would take the place of a later one, or count what was not restored yet
        # as restored. Its input was not acknowledged, and is read again.
        if generation != self._app.consumer_generation_id or partition not in store._dbs:
            return
        db = store._dbs[partition]
        if value is None:
            db.delete(key)
        else:
            db.put(key, value)
        store.set_persisted_offset(TP(self._table.changelog_topic_name, partition), offset)


def _new_store(new: Callable[[], Any]) -> Any:
    """Faust's store, which looks at what the disk has of a partition before it opens it."""
    store = new()
    open_for_partition = getattr(store, "_open_for_partition", None)
    if open_for_partition is not None:

        def opened(partition: int) -> Any:
            discard_if_stale(store.partition_path(partition))
            return open_for_partition(partition)

        store._open_for_partition = opened
    return store

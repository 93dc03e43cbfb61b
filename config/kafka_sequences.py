"""aiokafka's idempotent producers, able to go on after a batch that failed for good.

The broker takes the batches of a partition by their numbers, without a gap. aiokafka numbers a batch as it takes it up
and leaves the number used where the batch fails (it is too large for the broker, say, or may not be written): each
later one of the partition is then out of order to the broker, until the process ends. Java's client begins a new epoch
instead (KIP-360), in which every partition is numbered from 0. So does this.
"""

from functools import partial, wraps
from typing import Any

from aiokafka.producer.message_accumulator import MessageAccumulator
from aiokafka.producer.transaction_manager import NO_PRODUCER_EPOCH, NO_PRODUCER_ID, PidAndEpoch
from aiokafka.util import create_future

LAST_EPOCH = 2**15 - 1


def install() -> None:
    """Let every idempotent producer of aiokafka in this process begin a new epoch behind a batch that failed."""
    pop = MessageAccumulator._pop_batch
    if hasattr(pop, "__wrapped__"):
        return

    @wraps(pop)
    def pops(self: MessageAccumulator, tp: Any) -> Any:
        batch = pop(self, tp)
        manager = self._txn_manager
        first_try = batch.retry_count == 1
        if first_try and manager is not None and manager.transactional_id is None:
            batch.failure = partial(_failed, batch.failure, manager)
        return batch

    MessageAccumulator._pop_batch = pops


def _failed(fail: Any, manager: Any, exception: BaseException) -> None:
    # Before anything else runs: the partition's next batch may be numbered in this round of the event loop.
    new_epoch(manager)
    fail(exception)


def new_epoch(manager: Any) -> None:
    """Number every partition from 0 again, in the next epoch; after the last one, under an id that is asked for.

    A batch under way keeps its number of an earlier epoch, and nothing of its partition overtakes it.
    """
    pid, epoch = manager.producer_id, manager.producer_epoch
    manager._sequence_numbers.clear()
    if epoch < LAST_EPOCH:
        manager._pid_and_epoch = PidAndEpoch(pid, epoch + 1)
    else:
        manager._pid_and_epoch = PidAndEpoch(NO_PRODUCER_ID, NO_PRODUCER_EPOCH)
        manager._pid_waiter = create_future()

"""What has come for a stage and waits to be taken: so many records, and so many bytes."""

from typing import Any

from mode.utils.queues import ThrowableQueue

from pipeline.delivery.intake import size_of


class StreamQueue(ThrowableQueue[Any]):  # type: ignore[misc]
    """Faust's queue of a stream's events, which is full of `most_bytes` as it is of `maxsize` events.

    Faust counts events alone: a thousand of a megabyte each are a gigabyte, for each stage.
    """

    def __init__(self, maxsize: int, most_bytes: int, **options: Any) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        super().__init__(maxsize, **options)

    @property
    def bytes(self) -> int:
        """Bytes that wait."""
        return self._bytes

    def qsize(self) -> int:
        """How many of its `maxsize` places are taken, by number or by bytes. What is full, and when its partitions are
        fetched no more and again, is all worked out from it."""
        by_number, by_bytes = super().qsize(), self._bytes * self.maxsize // self._most_bytes
        return int(max(by_number, by_bytes))

    def clear(self) -> None:
        """Forget all of it."""
        super().clear()
        self._bytes = 0

    def _put(self, item: Any) -> None:
        super()._put(item)
        self._bytes += _size(item)

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= _size(item)
        return item


def _size(event: Any) -> int:
    message = event.message
    return size_of(message.key, message.value, message.headers or ())

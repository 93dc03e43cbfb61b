"""An insert's data where the engine can read it: behind a path."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.clickhouse.errors import refusal


@contextmanager
def readable_by_path(data: bytes) -> Iterator[str]:
    """A path of this process at which `data` can be read until the context ends. Raises `ClickHouseError`."""
    try:
        descriptor, path = _open()
    except OSError as error:
        raise _not_kept(error) from error
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError as error:
            raise _not_kept(error) from error
        yield path
    finally:
        os.close(descriptor)
        if not path.startswith("/proc/"):
            Path(path).unlink()


def _open() -> tuple[int, str]:
    if sys.platform == "linux":
        # In memory: a full disk is then found by the engine, and a killed process leaves nothing behind.
        descriptor = os.memfd_create("insert")
        return descriptor, f"/proc/self/fd/{descriptor}"
    else:  # noqa: RET505 - a type checker takes what follows a platform's `return` for unreachable
        return tempfile.mkstemp(prefix="masterx-insert-")


def _not_kept(error: OSError) -> Exception:
    return refusal(243, "NOT_ENOUGH_SPACE", f"Cannot keep the data of an insert: {error.strerror}")

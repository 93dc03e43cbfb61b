"""The file that says to whoever started a process that it is ready."""

import errno
import os
import tempfile
from pathlib import Path

from cli.exits import CANNOT_CREATE, Failure


def require(path: Path | None) -> None:
    """Raise `Failure` where `path` can't be written, before anything is started; it is not made yet."""
    if path is None:
        return
    try:
        if not path.exists():
            # Asking for permissions is not enough: root has them where nothing can be written.
            tempfile.TemporaryFile(dir=path.parent).close()
        elif path.is_dir() or not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "it is a folder, or closed to this user")
    except OSError as error:
        raise Failure(CANNOT_CREATE, f"--ready-file: {path} can't be written: {error.strerror}") from error

"""A learner's state that a newer version has written, in an upgrade of several workers."""

from schemas.codec import UndecidedError


class NewerStateError(UndecidedError):
    """Nothing is wrong with the bytes: the record waits for a worker of the newer version, which gets the partition."""

    def __init__(self, what: str, version: int, known: int) -> None:
        super().__init__(
            "newer_state", f"{what} version {version} is newer than this worker's {known}; update the worker"
        )

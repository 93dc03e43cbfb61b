"""What can go wrong with a call to a provider.

ProviderFailure
└─ the one exception that clients raise; `kind` says what happened and so what to do next
"""

from typing import Literal

# The words of ProviderTry.outcome that name a failure.
Kind = Literal["timeout", "rate_limited", "server_error", "connection", "bad_reply"]


class ProviderFailure(Exception):
    """A call that gave no usable reply. `retry_after` is the provider's own wish, seconds.

    `permanent` says that the same call can't succeed later either (a wrong key, an unknown model, a prompt that is
    too long); `blames_message` that other messages are none the worse for it.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        retry_after: float | None = None,
        permanent: bool = False,
        blames_message: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.permanent = permanent
        self.blames_message = blames_message


def for_status(status: int, message: str, retry_after: float | None = None) -> ProviderFailure:
    """The failure that an HTTP status stands for."""
    if status == 429:
        return ProviderFailure("rate_limited", message, retry_after)
    if status in (408, 504):
        return ProviderFailure("timeout", message, retry_after)
    if status >= 500 or status in (409, 425):
        return ProviderFailure("server_error", message, retry_after)
    return ProviderFailure("server_error", message, permanent=True, blames_message=status in (400, 413, 422))


def one_line(error: BaseException, limit: int = 200) -> str:
    """The error's class and first words, fit for a record."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text}"[:limit] if text else name

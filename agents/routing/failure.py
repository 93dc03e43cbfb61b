"""What can go wrong with a call to a provider.

ProviderFailure
└─ the one exception that clients raise; `kind` says what happened and so what to do next
"""

from typing import Literal

# The words of ProviderTry.outcome that name a failure.
Kind = Literal["timeout", "rate_limited", "server_error", "connection", "bad_reply", "withheld"]

HIDDEN = "***"
# What is shorter stands for "no key": servers without keys are given words such as "none".
LEAST_KEY = 8
# Of a key that a text was cut within, fewer first letters than this are as good as none.
LEAST_HIDDEN = 4


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

    @property
    def headline(self) -> str:
        """What stands before the first colon: a status or a kind of error, and nothing that the provider wrote."""
        return str(self).partition(":")[0]


def for_status(status: int, message: str, retry_after: float | None = None) -> ProviderFailure:
    """The failure that an HTTP status stands for."""
    if status == 429:
        return ProviderFailure("rate_limited", message, retry_after)
    if status in (408, 504):
        return ProviderFailure("timeout", message, retry_after)
    if status >= 500 or status in (409, 425):
        return ProviderFailure("server_error", message, retry_after)
    return ProviderFailure("server_error", message, permanent=True, blames_message=status in (400, 413, 422))


def without(secret: str, text: str) -> str:
    """`text` without `secret`, also where it ends within it: servers quote the key that they refuse."""
    if len(secret) < LEAST_KEY:
        return text
    text = text.replace(secret, HIDDEN)
    for length in range(min(len(secret) - 1, len(text)), LEAST_HIDDEN - 1, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + HIDDEN
    return text


def one_line(error: BaseException, limit: int = 200) -> str:
    """The error's class and first words, fit for a record."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text}"[:limit] if text else name

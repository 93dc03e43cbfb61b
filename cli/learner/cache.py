"""Keys of Redis that belong to a learner: nothing is kept there that could not be made again."""

import re
from typing import TYPE_CHECKING, Any

from schemas.redis_keys import OF_A_LEARNER, REPLIES

if TYPE_CHECKING:
    from cli.learner.who import Who
    from config.settings import Settings

SECONDS = 10.0
SPECIAL = b"\\*?[]^"
# An earlier version kept a reply under two keys, for up to four times MASTERX_REPLY_CACHE_HOURS.
_REST_OF_A_REPLY = re.compile(rb":(?:(?:reply|head|text):[0-9a-f]+|given:[0-9a-fA-F-]+)")


def client(settings: "Settings") -> Any:
    """A client that has answered once. Raises what `redis` raises."""
    from config.redis import url
    from pipeline.redis_client import blocking

    made = blocking(url(settings), SECONDS)
    made.ping()
    return made


def pattern(key: bytes) -> bytes:
    """What matches every key that holds `key`, whose own characters stand for themselves."""
    return b"*" + b"".join(b"\\" + bytes((byte,)) if byte in SPECIAL else bytes((byte,)) for byte in key) + b"*"


def holds(found: bytes, key: bytes) -> bool:
    """Whether `found` is a key of the learner with this one: a limit's, or a reply's.

    The whole of it is compared: ids are any printable text, and what may end one may go on in another.
    """
    limit, reply = OF_A_LEARNER.encode() + key, REPLIES.encode() + key
    return found == limit or (found.startswith(reply) and _REST_OF_A_REPLY.fullmatch(found[len(reply) :]) is not None)


def keys(made: Any, who: "Who") -> list[bytes]:
    """The learner's keys."""
    found = set(made.scan_iter(match=pattern(who.key), count=1000))
    return sorted(one for one in found if holds(one, who.key))


def delete(made: Any, who: "Who") -> None:
    """Delete them."""
    found = keys(made, who)
    if found:
        made.delete(*found)

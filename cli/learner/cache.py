"""Keys of Redis that belong to a learner: nothing is kept there that could not be made again."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.learner.who import Who
    from config.settings import Settings

SECONDS = 10.0
SPECIAL = b"\\*?[]^"


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
    """Whether `key` stands in `found` by itself: school/ada does not in school/adam, nor in old-school/ada."""
    return re.search(rb"(?<![\w.-])" + re.escape(key) + rb"(?![\w.-])", found) is not None


def keys(made: Any, who: "Who") -> list[bytes]:
    """The keys that hold the learner's key."""
    found = set(made.scan_iter(match=pattern(who.key), count=1000))
    return sorted(one for one in found if holds(one, who.key))


def delete(made: Any, who: "Who") -> None:
    """Delete them."""
    found = keys(made, who)
    if found:
        made.delete(*found)

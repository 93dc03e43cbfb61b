"""What a worker's disk has of a partition's table, used again only while the changelog tells all that it has missed.

A deletion stays in a compacted topic for `delete.retention.ms` and is gone then, with what it deleted. A table that lay
on a disk for longer while another worker had its partition would never hear of it: a learner who was erased meanwhile
would be back.
"""

import logging
import shutil
import time
from pathlib import Path

log = logging.getLogger(__name__)

DELETIONS_STAY_SECONDS = 86_400
# Half of it: restoring takes its time too.
OLDEST_SECONDS = DELETIONS_STAY_SECONDS / 2


def discard_if_stale(store: Path) -> bool:
    """Delete the store at `store` where nothing was written to it for `OLDEST_SECONDS`; whether that was so.

    What is deleted is restored from the changelog as a whole. Raises `OSError`.
    """
    written = max((file.stat().st_mtime for file in store.glob("*")), default=None)
    if written is None or time.time() - written <= OLDEST_SECONDS:
        return False
    log.warning("%s was last written %.0f hours ago: its table is restored anew", store, (time.time() - written) / 3600)
    shutil.rmtree(store)
    return True

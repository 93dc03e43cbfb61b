"""This process's resident memory."""

import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Resident bytes; 0 where the system has no `/proc`."""
    try:
        return int(STATM.read_text().split()[1]) * PAGE
    except OSError:
        return 0

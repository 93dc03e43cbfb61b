"""Next versions of the program, as copies of it with one thing changed."""

import shutil
from pathlib import Path

from benchmarks.faults.schema_change import PACKAGES, ROOT


def copy(at: Path) -> Path:
    """This version once more, in `at`."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, at / package, ignore=shutil.ignore_patterns("__pycache__"))
    return at


def _replace(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    if text.count(before) != 1:
        raise ValueError(f"{file.name} does not hold {before!r} once: this rehearsal has to follow the source")
    file.write_text(text.replace(before, after))


def with_new_layout(at: Path) -> Path:
    """A version that keeps a learner's profile in another layout, one field longer, and reads the one of now."""
    copy(at)
    state, migrations = at / "agents/profile/state.py", at / "agents/profile/migrations.py"
    _replace(state, "VERSION = 2\n", "VERSION = 3\n")
    _replace(state, 'b"".join((PREFIX, lengths, ', 'b"".join((PREFIX, b"next", lengths, ')
    _replace(state, "    at = len(PREFIX)\n", "    at = len(PREFIX) + 4\n")
    _replace(
        migrations,
        "MIGRATIONS: dict[int, Callable[[bytes], bytes]] = {1: from_1}\n",
        "def from_2(payload: bytes) -> bytes:\n"
        '    return MAGIC + b"\\x03next" + payload[4:]\n\n\n'
        "MIGRATIONS: dict[int, Callable[[bytes], bytes]] = {1: from_1, 2: from_2}\n",
    )
    return at

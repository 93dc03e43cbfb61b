"""Passwords of the users that a command makes: a folder with a file for each, called as the user."""

from collections.abc import Iterable
from pathlib import Path

from cli.exits import NO_INPUT, Failure


def read(folder: Path | None, users: Iterable[str]) -> dict[str, str]:
    """The passwords that there are, by user. Raises `Failure` for a folder that is none."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise Failure(NO_INPUT, f"there is no folder {folder}: --passwords names one with a file for each user")
    files = {user: folder / user for user in users}
    return {user: password for user, path in files.items() if path.is_file() and (password := path.read_text().strip())}

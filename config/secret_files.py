"""Secrets that are no settings, such as providers' keys: from the environment, or from a file beside the settings'."""

from collections.abc import Mapping
from pathlib import Path

FOLDER = "MASTERX_SECRETS_DIR"


def read(name: str, environ: Mapping[str, str]) -> str:
    """The variable `name`, or else the file of that name in small letters in the folder that `FOLDER` names.

    Empty where there is neither. A variable that is set to nothing wins as well: it says that there is to be none.
    """
    if name in environ or not environ.get(FOLDER):
        return environ.get(name, "").strip()
    try:
        return (Path(environ[FOLDER]) / name.lower()).read_text().strip()
    except FileNotFoundError:
        return ""

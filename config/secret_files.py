"""Secrets that are no settings, such as providers' keys: from the environment, or from a file beside the settings'."""

from collections.abc import Mapping
from pathlib import Path

FOLDER = "MASTERX_SECRETS_DIR"


class SecretFileError(ValueError):
    """A file in the folder of secrets can't be read; the message says which, in one line."""


def read(name: str, environ: Mapping[str, str]) -> str:
    """The variable `name`, or else the file of that name in small letters in the folder that `FOLDER` names.

    Empty where there is neither. A variable that is set to nothing wins as well: it says that there is to be none.
    Raises `SecretFileError`.
    """
    if name in environ or not environ.get(FOLDER):
        return environ.get(name, "").strip()
    file = Path(environ[FOLDER]) / name.lower()
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SecretFileError(f"the secret {file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SecretFileError(f"the secret {file} is not in UTF-8") from error

"""YAML files that people edit, read into their models; what is wrong with one in one line."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from config.invalid import said

Model = TypeVar("Model", bound=BaseModel)


def parsed(source: Path) -> object:
    """What the file at `source` holds. Raises `OSError`, and `yaml.YAMLError` for whatever is no YAML."""
    try:
        return yaml.safe_load(source.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise yaml.YAMLError("not in UTF-8") from error
    except RecursionError as error:
        raise yaml.YAMLError("nested too deep") from error
    except ValueError as error:
        # A date that no calendar has; a number of more digits than are read.
        raise yaml.YAMLError(str(error)) from error


def place(error: yaml.YAMLError) -> str:
    """Behind "not valid YAML": the line at which reading ended, or else what it ended on."""
    mark = getattr(error, "problem_mark", None)
    return f" in line {mark.line + 1}" if mark else f": {' '.join(str(error).split())}"


def read(model: type[Model], source: Path, holds: str, problem: type[ValueError]) -> Model:
    """The file at `source`, which `holds` names ("windows"). Raises `problem` when it can't be read or is not valid."""
    try:
        return model.model_validate(parsed(source))
    except OSError as error:
        raise problem(f"cannot read the {holds} {source}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise problem(f"{source} is not valid YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise problem(f"{source}: {where}: {said(first)}") from error

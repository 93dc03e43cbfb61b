"""The versioned texts of `templates/`: the tutor's prompt, and the replies that no provider makes."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.invalid import said
from config.yaml_model import parsed

TEMPLATES = Path(__file__).parent / "templates"


class TemplateError(ValueError):
    """A template can't be used. The message is one line for people."""


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    version: int = Field(ge=1)

    @property
    def label(self) -> str:
        """Name and version, as a response records it."""
        return f"{self.name}/{self.version}"


class TutorTemplate(_Template):
    """The parts of the tutor's prompt; which of them a prompt holds is decided by the message's data."""

    core: str
    core_short: str
    notes_intro: str
    sentences: dict[str, int]
    task: dict[str, str]
    tone: dict[str, str]
    pace: dict[str, str]
    acknowledge: str
    smaller_steps: str
    encouragement: dict[str, str] = Field(default_factory=dict)
    suggest_break: str
    challenge: str
    next_step: dict[str, str]
    language: str


class FixedReplies(_Template):
    """Replies of the system's own, per language."""

    offline: dict[str, str]
    withheld: dict[str, str] = Field(default_factory=dict)
    safe: dict[str, str]

    def unanswered(self, language: str | None, withheld: bool) -> str:
        """What is said where no provider gave an answer. `withheld`: because each of them held its own back; templates
        of before have no words for that."""
        return in_language((withheld and self.withheld) or self.offline, language)


def in_language(texts: Mapping[str, str], language: str | None) -> str:
    """The text for a BCP 47 tag, also as locales are written (de_DE): the whole tag's, else its first part's, else the
    English one."""
    tag = (language or "en").lower().replace("_", "-")
    return texts.get(tag) or texts.get(tag.split("-", 1)[0]) or texts["en"]


def _read(path: Path) -> object:
    try:
        return parsed(path)
    except OSError as error:
        raise TemplateError(f"{path}: can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path}: not valid YAML") from error


def _newest(name: str, folder: Path) -> Path:
    versions = [path for path in folder.glob(f"{name}-*.yaml") if path.stem.rsplit("-", 1)[1].isdigit()]
    if not versions:
        raise TemplateError(f"{folder}: holds no {name}-1.yaml")
    return max(versions, key=lambda path: int(path.stem.rsplit("-", 1)[1]))


def _named(path: Path, template: _Template) -> None:
    """Raise `TemplateError` where a file holds another version than its name says: a copy whose number was not raised
    would pass for the wording before it, in the records and in the reply cache."""
    if path.stem != f"{template.name}-{template.version}":
        raise TemplateError(
            f"{path}: holds version {template.version} of {template.name!r}; name and number must agree"
        )


def _problem(path: Path, error: ValidationError) -> TemplateError:
    first = error.errors()[0]
    return TemplateError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {said(first)}")


@lru_cache(maxsize=8)
def tutor_template(version: int | None = None, folder: Path = TEMPLATES) -> TutorTemplate:
    """The tutor's prompt, the newest version unless told. Raises `TemplateError`."""
    path = folder / f"tutor-{version}.yaml" if version else _newest("tutor", folder)
    try:
        template = TutorTemplate.model_validate(_read(path))
    except ValidationError as error:
        raise _problem(path, error) from error
    _named(path, template)
    return template


@lru_cache(maxsize=8)
def fixed_replies(version: int | None = None, folder: Path = TEMPLATES) -> FixedReplies:
    """The fixed replies, the newest version unless told. Raises `TemplateError`."""
    path = folder / f"fixed-{version}.yaml" if version else _newest("fixed", folder)
    try:
        replies = FixedReplies.model_validate(_read(path))
    except ValidationError as error:
        raise _problem(path, error) from error
    _named(path, replies)
    if not (replies.offline.get("en") and replies.safe.get("en")):
        raise TemplateError(f"{path}: offline and safe each need an English text (en)")
    if replies.withheld and not replies.withheld.get("en"):
        raise TemplateError(f"{path}: withheld needs an English text (en)")
    return replies

"""The curriculum: concepts, what each requires, and items to practise. The file's format is described in
`config/curriculum.yaml`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from config.yaml_model import parsed

BUILT_IN = Path(__file__).parent / "curriculum.yaml"
VERSION = 1
# As in `schemas.ids`, which the local stack, a reader of curricula, does without.
MAX_ID_CHARS = 256
LARGEST = 1e9
"""Of a number in it; infinity and what is no number at all are YAML too."""


class CurriculumError(ValueError):
    """The file is not a curriculum; the message says where and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something to practise. `difficulty`: log-odds of a wrong answer at average ability."""

    id: str
    concept_id: str
    question: str
    answer: str
    accept: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    difficulty: float = 0.0

    def is_right(self, answer: str) -> bool:
        """Whether `answer` is the right one or an accepted other form, case and spaces aside."""
        given = _plain(answer)
        return any(given == _plain(right) for right in (self.answer, *self.accept))


def _plain(answer: str) -> str:
    return re.sub(r"\s+", " ", answer).strip().rstrip(".").casefold()


@dataclass(frozen=True, slots=True)
class Concept:
    """Something to learn. `minutes` is what a typical learner needs for it, `weight` how much it matters."""

    id: str
    name: str
    requires: tuple[str, ...] = ()
    minutes: float = 20.0
    weight: float = 1.0
    terms: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Curriculum:
    """Concepts by id, each after all that it requires; `items` by id; `unlocks` is `requires` the other way round."""

    title: str
    concepts: Mapping[str, Concept]
    items: Mapping[str, Item] = field(default_factory=dict)
    unlocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def requires(self, concept_id: str) -> tuple[str, ...]:
        """What should be known before `concept_id`; nothing for a concept that is not in the curriculum."""
        concept = self.concepts.get(concept_id)
        return () if concept is None else concept.requires

    @property
    def roots(self) -> tuple[str, ...]:
        """The concepts that require nothing."""
        return tuple(name for name, concept in self.concepts.items() if not concept.requires)


def build(title: str, concepts: Iterable[Concept]) -> Curriculum:
    """A curriculum of `concepts`, in any order.

    Raises `CurriculumError` for ids used twice, unknown prerequisites and cycles.
    """
    by_id: dict[str, Concept] = {}
    items: dict[str, Item] = {}
    for concept in concepts:
        if concept.id in by_id:
            raise CurriculumError(f"concept {concept.id!r} is there twice; give one of them another id")
        by_id[concept.id] = concept
        for item in concept.items:
            if item.id in items:
                raise CurriculumError(f"item {item.id!r} is there twice; give one of them another id")
            items[item.id] = item
    for concept in by_id.values():
        for name in concept.requires:
            if name not in by_id:
                raise CurriculumError(f"concept {concept.id!r} requires {name!r}, which is not there; add or remove it")
    try:
        order = list(TopologicalSorter({one.id: one.requires for one in by_id.values()}).static_order())
    except CycleError as error:
        raise CurriculumError(f"concepts require each other: {' → '.join(error.args[1])}; break the circle") from error
    unlocks: dict[str, list[str]] = {name: [] for name in by_id}
    for concept in by_id.values():
        for name in concept.requires:
            unlocks[name].append(concept.id)
    return Curriculum(
        title, {name: by_id[name] for name in order}, items, {name: tuple(after) for name, after in unlocks.items()}
    )


@lru_cache(maxsize=8)
def load(path: str = "") -> Curriculum:
    """The curriculum in the file at `path`, or the built-in one for an empty path. Read once per path.

    Raises `CurriculumError`.
    """
    source = Path(path) if path else BUILT_IN
    try:
        raw = parsed(source)
    except OSError as error:
        raise CurriculumError(
            f"cannot read the curriculum {source}: {error.strerror}; set MASTERX_CURRICULUM_FILE"
        ) from error
    except yaml.YAMLError as error:
        raise CurriculumError(f"{source} is not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return from_mapping(raw)
    except CurriculumError as error:
        raise CurriculumError(f"{source}: {error}") from error


def from_mapping(raw: Any) -> Curriculum:
    """The curriculum in a parsed file. Raises `CurriculumError`."""
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        raise CurriculumError(f"no curriculum of version {VERSION}; put 'version: {VERSION}' at its top")
    _no_others(raw, {"version", "title", "concepts"}, "the curriculum")
    concepts = raw.get("concepts")
    if not isinstance(concepts, list) or not concepts:
        raise CurriculumError("'concepts' is no list, or empty; list at least one")
    return build(_text(raw, "title", "the curriculum", ""), [_concept(one) for one in concepts])


def _concept(raw: Any) -> Concept:
    if not isinstance(raw, dict):
        raise CurriculumError(f"a concept is no mapping: {raw!r}")
    concept_id = _id(raw, "a concept")
    where = f"concept {concept_id!r}"
    _no_others(raw, {"id", "name", "requires", "minutes", "weight", "terms", "items"}, where)
    name = _text(raw, "name", where, concept_id)
    items = raw.get("items", [])
    if not isinstance(items, list):
        raise CurriculumError(f"{where}: 'items' is no list")
    return Concept(
        concept_id,
        name,
        _texts(raw, "requires", where),
        _positive(raw, "minutes", where, 20.0),
        _positive(raw, "weight", where, 1.0),
        _texts(raw, "terms", where) or (name,),
        tuple(_item(one, concept_id) for one in items),
    )


def _item(raw: Any, concept_id: str) -> Item:
    if not isinstance(raw, dict):
        raise CurriculumError(f"concept {concept_id!r}: an item is no mapping: {raw!r}")
    item_id = _id(raw, f"an item of {concept_id!r}")
    where = f"item {item_id!r}"
    _no_others(raw, {"id", "question", "answer", "accept", "hints", "difficulty"}, where)
    return Item(
        item_id,
        concept_id,
        _text(raw, "question", where),
        _text(raw, "answer", where),
        _texts(raw, "accept", where),
        _texts(raw, "hints", where),
        _number(raw, "difficulty", where, 0.0),
    )


def _no_others(raw: dict[Any, Any], known: set[str], where: str) -> None:
    others = sorted(str(name) for name in raw if name not in known)
    if others:
        raise CurriculumError(
            f"{where} has an unknown field {', '.join(others)}; it may have {', '.join(sorted(known))}"
        )


def _id(raw: dict[Any, Any], where: str) -> str:
    """An id that an attempt can name: what is let through there is the same."""
    value = _text(raw, "id", where)
    if len(value) > MAX_ID_CHARS:
        raise CurriculumError(f"{where}: 'id' has {len(value)} characters; at most {MAX_ID_CHARS} are taken")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise CurriculumError(f"{where}: 'id' may hold no control characters: {value[:64]!r}")
    return value


def _text(raw: dict[Any, Any], name: str, where: str, default: str | None = None) -> str:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or (default != "" and value == ""):
        raise CurriculumError(f"{where}: {name!r} is missing or no text; quote it if it looks like something else")
    if default != "" and not str(value).strip():
        raise CurriculumError(f"{where}: {name!r} is blank; write something or leave the line out")
    return str(value)


def _texts(raw: dict[Any, Any], name: str, where: str) -> tuple[str, ...]:
    values = raw.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise CurriculumError(f"{where}: {name!r} is no list of texts; quote each of them")
    # A blank term is in every message, a blank answer right for whoever gives none.
    if not all(value.strip() for value in values):
        raise CurriculumError(f"{where}: {name!r} has a blank entry; write something or take it out")
    return tuple(values)


def _number(raw: dict[Any, Any], name: str, where: str, default: float) -> float:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise CurriculumError(f"{where}: {name!r} is no number: {value!r}")
    return float(value)


def _positive(raw: dict[Any, Any], name: str, where: str, default: float) -> float:
    value = _number(raw, name, where, default)
    if not value > 0:
        raise CurriculumError(f"{where}: {name!r} must be above 0, not {value:g}")
    return value

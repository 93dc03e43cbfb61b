"""Reading a curriculum, and saying what is wrong with one."""

from pathlib import Path
from typing import Any

import pytest

from config import curriculum as reader
from config.curriculum import CurriculumError, Item, from_mapping, load
from schemas import ids


def mapping(*concepts: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "title": "a test", "concepts": list(concepts)}


def test_the_built_in_curriculum_is_whole() -> None:
    curriculum = load()
    assert 12 <= len(curriculum.concepts) <= 20
    for concept in curriculum.concepts.values():
        assert len(concept.items) >= 4
        for item in concept.items:
            assert item.hints
            assert item.is_right(item.answer)


def test_every_concept_stands_behind_what_it_requires() -> None:
    curriculum = load()
    order = list(curriculum.concepts)
    for concept in curriculum.concepts.values():
        for before in concept.requires:
            assert order.index(before) < order.index(concept.id)
            assert concept.id in curriculum.unlocks[before]


def test_an_unknown_concept_requires_nothing() -> None:
    assert load().requires("the history of tea") == ()


@pytest.mark.parametrize(("given", "right"), [("3/2", True), (" 1  1/2. ", True), ("1.5", True), ("15", False)])
def test_answers_are_compared_without_spaces_and_case(given: str, right: bool) -> None:
    assert Item("i", "c", "?", "3/2", ("1 1/2", "1.5")).is_right(given) is right


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "version: 1"),
        ({"version": 2}, "version: 1"),
        (mapping(), "at least one"),
        (mapping({"id": "a"}, {"id": "a"}), "twice"),
        (mapping({"id": "a", "requires": ["b"]}), "'b'"),
        (mapping({"id": "a", "requires": ["b"]}, {"id": "b", "requires": ["a"]}), "circle"),
        (mapping({"name": "no id"}), "'id' is missing"),
        (mapping({"id": "a", "minutes": 0}), "above 0"),
        (mapping({"id": "a", "weight": "much"}), "no number"),
        (mapping({"id": "a", "minutes": float("inf")}), "no number"),
        (mapping({"id": "a", "minutes": 10**400}), "no number"),
        (mapping({"id": "a", "items": [{"id": "i", "question": "?", "answer": 1, "difficulty": float("nan")}]}), "nan"),
        (mapping({"id": "a", "prerequisites": []}), "unknown field prerequisites"),
        (mapping({"id": "a", "items": [{"id": "i", "question": "?"}]}), "'answer' is missing"),
        (mapping({"id": "a", "items": [{"id": "i", "question": "?", "answer": 1}] * 2}), "twice"),
        (mapping({"id": "a", "terms": [1]}), "list of texts"),
        (mapping({"id": "a", "terms": [" "]}), "'terms' has a blank entry"),
        (mapping({"id": "a", "name": ""}), "'name' is missing"),
        (mapping({"id": "a", "name": "\t"}), "'name' is blank"),
        (mapping({"id": " \u3000"}), "'id' is blank"),
        (mapping({"id": "a\tb"}), "no control characters"),
        (mapping({"id": "a" * 257}), "257 characters"),
        (mapping({"id": "a", "items": [{"id": "\x85", "question": "?", "answer": 1}]}), "'id'"),
        (mapping({"id": "a", "items": [{"id": "i", "question": "?", "answer": 1, "hints": [""]}]}), "'hints'"),
        (mapping({"id": "a", "items": [{"id": "i", "question": "?", "answer": 1, "accept": [""]}]}), "'accept'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(raw: Any, said: str) -> None:
    with pytest.raises(CurriculumError) as caught:
        from_mapping(raw)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_broken_yaml_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(CurriculumError, match="nowhere"):
        load(str(tmp_path / "nowhere.yaml"))
    broken = tmp_path / "broken.yaml"
    for content in ("version: [1\nconcepts", "version: 1\ntitle: 2026-02-30"):
        broken.write_text(content)
        load.cache_clear()
        with pytest.raises(CurriculumError) as caught:
            load(str(broken))
        assert "broken.yaml" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_what_is_left_out_has_its_default() -> None:
    curriculum = from_mapping(mapping({"id": "a"}))
    concept = curriculum.concepts["a"]
    assert (concept.name, concept.minutes, concept.weight, concept.requires) == ("a", 20.0, 1.0, ())
    assert concept.terms == ("a",)
    assert curriculum.roots == ("a",)


def test_an_id_may_be_as_long_as_an_events_is() -> None:
    assert reader.MAX_ID_CHARS == ids.MAX_ID_CHARS


def test_an_id_that_attempts_may_name_is_taken() -> None:
    for name in ("a" * 256, "дроби 1/2", "\U0001f9ee", "-", "a|b"):
        assert list(from_mapping(mapping({"id": name})).concepts) == [name]

"""The class: seeded, mixed, of any size."""

from cli.demo.school.knowledge import FIRM
from cli.demo.school.roster import ARRIVALS, CHARACTERS, NAMES, make_class
from config import curriculum
from config.curriculum import Concept, Item, build

SCHOOL = curriculum.load()


def levels(seed: int) -> list[tuple[str, str, list[float]]]:
    return [
        (learner.name, learner.start, [learner.knowledge.level(concept) for concept in SCHOOL.concepts])
        for learner in make_class(12, seed, SCHOOL)
    ]


def test_the_same_seed_makes_the_same_class() -> None:
    assert levels(3) == levels(3)
    assert levels(3) != levels(4)


def test_one_learner_does_not_depend_on_how_many_there_are() -> None:
    small, large = make_class(3, 1, SCHOOL), make_class(30, 1, SCHOOL)
    for alone, among in zip(small, large, strict=False):
        assert (alone.name, alone.start, alone.due) == (among.name, among.start, among.due)


def test_names_differ_beyond_the_list() -> None:
    names = [learner.name for learner in make_class(2 * len(NAMES) + 5, 1, SCHOOL)]
    assert len(set(names)) == len(names)


def test_all_characters_are_there_and_all_come_soon() -> None:
    learners = make_class(len(CHARACTERS), 1, SCHOOL)
    assert {learner.character for learner in learners} == {character.name for character in CHARACTERS}
    assert all(0 <= learner.due <= ARRIVALS for learner in learners)


def test_what_comes_before_is_better_known_than_what_comes_after() -> None:
    for learner in make_class(6, 1, SCHOOL):
        if learner.character == "steady":
            assert learner.knowledge.level("whole-number-addition") > learner.knowledge.level("linear-functions")


def test_a_gap_is_one() -> None:
    gaps = [learner for learner in make_class(30, 1, SCHOOL) if learner.character == "with a gap"]
    for learner in gaps:
        assert min(learner.knowledge.level(before) for before in SCHOOL.requires(learner.start)) < FIRM


def test_another_curriculum_does() -> None:
    own = build("own", [Concept("one", "One", items=(Item("o-1", "one", "1?", "1"),))])
    assert {learner.start for learner in make_class(6, 1, own)} == {"one"}

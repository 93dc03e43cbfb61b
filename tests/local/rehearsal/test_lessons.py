"""There is something to say about everything that the class can be at."""

from config import curriculum
from config.prompts import tutor_template
from local.rehearsal.lessons import lessons


def test_each_concept_of_the_curriculum_has_a_lesson() -> None:
    assert set(lessons().concepts) == set(curriculum.load().concepts)


def test_each_tone_of_the_prompt_has_openings() -> None:
    assert {"neutral", *tutor_template().tone} <= set(lessons().openings)


def test_what_is_no_concept_gets_the_general_lesson() -> None:
    assert lessons().about("chess") == lessons().about(None) == lessons().otherwise


def test_no_lesson_gives_an_answer_away() -> None:
    for concept in curriculum.load().concepts.values():
        lesson = lessons().about(concept.id)
        assert not any(item.question in lesson.example for item in concept.items)

"""The page from rows alone."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cli.learner.page import page
from tests.cli.samples import sample

NOW = datetime(2024, 5, 3, 12, tzinfo=UTC)
ACTIVITY = {"messages": 9, "recent": 2, "last_at": datetime(2024, 5, 2, 8, 30)}


def concept(**different: Any) -> dict[str, Any]:
    return {
        **sample("LearnerProfile")["concepts"][0],
        "concept_id": "halves",
        "p_correct": 0.75,
        "uncertainty": 0.1,
        "retrievability": 0.9,
        "mastered": False,
        "due_at": datetime(2024, 5, 1, 9),
        **different,
    }


def profile(**different: Any) -> dict[str, Any]:
    """A row of dim_learners."""
    event = sample("LearnerProfile")
    step = {**event["next_step"], "kind": "worked_example", "concept_id": "halves", "reasons": ["two wrong in a row"]}
    return {
        **event,
        "sent_at": datetime(2024, 5, 2, 9),
        "concepts": [concept()],
        "next_step": orjson.dumps(step).decode(),
        **different,
    }


def text_of(row: dict[str, Any] | None, width: int = 100) -> str:
    return "\n".join(page("school/ada", row, ACTIVITY, NOW, width))


def test_the_page_has_everything_that_is_known() -> None:
    trait = {"name": "help_seeking", "value": 0.4, "unit": "share", "evidence": 12, "uncertainty": 0.15}
    risk = {
        "name": "giving_up",
        "subject": None,
        "value": 0.2,
        "horizon_s": 1800.0,
        "uncertainty": 0.05,
        "model": "situations-1",
    }
    text = text_of(profile(traits=[trait], predictions=[risk], attempts=8, correct=5))
    for title in ("LEARNER", "KNOWLEDGE", "DUE REVIEWS", "LEARNING DNA", "PREDICTIONS", "NEXT STEP"):
        assert title in text.splitlines()
    for said in (
        "school/ada",
        "9, 2 of them in the last 7 days; the last one 2024-05-02 08:30 UTC",
        "8, 5 of them right",
        "next one right 0.75 ± 0.10",
        "recalled now 0.90",
        "since 2024-05-01 09:00 UTC",
        "0.40 ± 0.15 share, from 12 events",
        "0.20 ± 0.05, within 30 minutes, by situations-1",
        "worked example halves",
        "two wrong in a row",
    ):
        assert said in text


def test_a_trait_without_evidence_says_so() -> None:
    bare = {"name": "pace", "value": None, "unit": "x", "evidence": 0, "uncertainty": None}
    few = {**bare, "name": "curiosity", "evidence": 1}
    text = text_of(profile(traits=[bare, few]))
    assert "pace                  no evidence yet" in text
    assert "curiosity             too little evidence: 1 event" in text


def test_nothing_learned_yet_is_said_in_every_part() -> None:
    row = profile(concepts=[], traits=[], predictions=[], next_step="", ability=None, ability_uncertainty=None)
    text = text_of(row)
    for said in ("nothing was graded", "no concept was practised", "no evidence yet", "none yet", "no decision yet"):
        assert said in text


def test_without_a_snapshot_the_page_says_what_may_be_missing() -> None:
    text = text_of(None)
    assert "school/ada" in text and "masterx worker core" in text and "NEXT STEP" not in text


def test_reviews_are_by_date_and_of_those_to_come_only_the_next() -> None:
    dates = {"late": 1, "later": 2, "soon": 4, "far": 9, "never": None}
    concepts = [concept(concept_id=name, due_at=day and datetime(2024, 5, day)) for name, day in dates.items()]
    lines = text_of(profile(concepts=concepts)).split("DUE REVIEWS\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == ["late", "later", "soon"]
    assert "next, 2024-05-04" in lines[-1]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(30.0, "30 seconds"), (60.0, "1 minute"), (5400.0, "1.5 hours"), (604800.0, "7 days"), (0.5, "0.5 seconds")],
)
def test_horizons_are_in_words(seconds: float, said: str) -> None:
    one = {**sample("LearnerProfile")["predictions"][0], "horizon_s": seconds}
    assert f"within {said}, by" in text_of(profile(predictions=[one]))


def test_a_prediction_may_have_no_horizon_and_be_about_something() -> None:
    one = {**sample("LearnerProfile")["predictions"][0], "horizon_s": None, "subject": "halves"}
    assert "on halves, without a horizon" in text_of(profile(predictions=[one]))


def test_many_concepts_are_cut_and_said_to_be() -> None:
    text = text_of(profile(concepts=[concept(concept_id=f"c{n}", due_at=None) for n in range(20)]))
    assert "and 8 more" in text and "c11" in text and "c12" not in text


@pytest.mark.parametrize("width", [10, 30, 59, 60, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    row = profile(concepts=[concept(concept_id="x" * 300)])
    assert max(len(line) for line in page("school/" + "a" * 250, row, ACTIVITY, NOW, width)) <= max(width, 30)

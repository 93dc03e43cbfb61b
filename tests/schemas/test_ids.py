"""Derived ids and keys."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import NAMESPACE, derived, learner_key

CAUSE = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


def test_the_same_cause_and_stage_make_the_same_id() -> None:
    # Written down: another value would give new ids to everything that is delivered again.
    assert derived(CAUSE, "routing") == "fdda3383-c316-506d-a30f-9fdbcd37d309"
    assert derived(CAUSE, "routing", "response") != derived(CAUSE, "routing")


def test_a_derived_id_is_a_version_5_uuid_of_our_namespace() -> None:
    made = uuid.UUID(derived(CAUSE, "emotion"))
    assert made.version == 5
    assert made == uuid.uuid5(NAMESPACE, f"{CAUSE}/emotion")


@given(st.lists(st.tuples(st.uuids().map(str), st.sampled_from(["context", "emotion", "routing"])), unique=True))
def test_ids_of_different_causes_and_stages_differ(made_of: list[tuple[str, str]]) -> None:
    assert len({derived(*parts) for parts in made_of}) == len(made_of)


def test_a_learners_key_is_tenant_and_learner_in_utf_8() -> None:
    assert learner_key("school", "zoë") == "school/zoë".encode()

from typing import Any

from agents.routing.cache import scope
from schemas.codec import Event
from tests.agents.routing.events import scored

QUESTION: dict[str, Any] = {"frame": "define", "words": ["number", "prime"], "vector": b"", "facts": "f1"}


def asked(question: dict[str, Any] = QUESTION, **changes: Any) -> Event:
    return scored("What is a prime number?", question=question, **changes)


def test_a_learners_scope_is_theirs_alone() -> None:
    mine = scope.of_learner(asked(), "", "tutor/1")
    for other in (
        asked(learner_id="bob"),
        asked(tenant_id="other"),
        asked(QUESTION | {"facts": "f2"}),
        asked(QUESTION | {"frame": "why"}),
        asked(QUESTION | {"words": ["2", "prime"]}),
        asked(QUESTION | {"words": ["largest", "number", "prime"]}),
        asked(QUESTION | {"words": ["prime", "number"]}),
        asked(language="de"),
    ):
        theirs = scope.of_learner(other, "", "tutor/1")
        assert mine.key != theirs.key
    assert scope.of_learner(asked(), "warmly", "tutor/1") != mine != scope.of_learner(asked(), "", "tutor/2")


def test_a_tenants_scope_is_the_same_for_all_its_learners_whatever_is_known_of_them() -> None:
    ours = scope.of_tenant(asked(), "", "tutor/1")
    assert scope.of_tenant(asked(QUESTION | {"facts": "f2"}, learner_id="bob"), "", "tutor/1") == ours
    assert scope.of_tenant(asked(tenant_id="other"), "", "tutor/1") != ours


def test_a_learner_can_not_be_named_like_a_tenants_key() -> None:
    ours = scope.of_tenant(asked(), "", "tutor/1")
    theirs = scope.of_learner(asked(learner_id=f"x:{ours.terms}"), "", "tutor/1")
    assert ours.key != theirs.key


def test_the_learners_key_stands_in_all_that_is_theirs_so_that_an_erasure_finds_it() -> None:
    mine = scope.of_learner(asked(), "", "tutor/1")
    assert ":school/ada:" in mine.key


def test_only_a_prompt_without_anything_of_a_learner_is_general() -> None:
    own = {"layer": "system", "included": True}
    assert scope.is_general([own, own])
    assert scope.is_general([own, {"layer": "memory", "included": False}])
    for layer in ("memory", "profile", "conversation", "emotion", "analytics"):
        assert not scope.is_general([own, {"layer": layer, "included": True}])

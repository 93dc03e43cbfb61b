import pytest

from cli.learner import cache
from cli.learner.who import who
from cli.stack import settings_for


@pytest.mark.parametrize("name", [b"school/ada", b"reply:school/ada", b"x/school/ada/7", b"school/ada:1"])
def test_a_key_that_holds_the_learner_is_theirs(name: bytes) -> None:
    assert cache.holds(name, b"school/ada")


@pytest.mark.parametrize("name", [b"school/adam", b"my-school/ada", b"oldschool/ada", b"school/ada-2", b"school/bob"])
def test_another_learners_key_is_not(name: bytes) -> None:
    assert not cache.holds(name, b"school/ada")


def test_of_two_places_one_is_enough() -> None:
    assert cache.holds(b"school/adam school/ada", b"school/ada")


def test_signs_that_mean_more_stand_for_themselves() -> None:
    assert cache.pattern(b"s*/a?[x]\\") == rb"*s\*/a\?\[x\]\\*"


@pytest.mark.stack
def test_only_the_learners_keys_are_deleted(services: dict[str, str], learner: str) -> None:
    made = cache.client(settings_for(services))
    one = who(learner + "[*]")
    mine, others = [f"reply:{one}", f"limit/{one}/7"], [f"reply:{one}x", f"reply:{learner}"]
    for name in (*mine, *others):
        made.set(name, 1)
    assert cache.keys(made, one) == sorted(name.encode() for name in mine)
    cache.delete(made, one)
    assert cache.keys(made, one) == []
    assert made.exists(*others) == len(others)
    made.delete(*others)

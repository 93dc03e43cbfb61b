from uuid import uuid4

import pytest

from agents.routing.cache.scope import Scope, note_of
from cli.learner import cache
from cli.learner.who import who
from cli.stack import settings_for
from schemas.redis_keys import OF_A_LEARNER, REPLIES

ODD = ("ada b", "adaé", "ada@school", "ada:1", "ada:head:0", "ada:reply:0", "adam", "ada-2")


def replies(key: str) -> list[str]:
    """The keys of a reply and of messages that were given it, and the two of the version before."""
    terms = "0" * 24
    # Apps write their ids in small letters or, as on iOS, in capitals.
    notes = [note_of(*key.split("/"), message_id) for message_id in (str(uuid4()), str(uuid4()).upper())]
    return [Scope("learner", key, terms).key, *notes, f"{REPLIES}{key}:head:{terms}", f"{REPLIES}{key}:text:{terms}"]


@pytest.mark.parametrize("learner", ["ada", *ODD])
def test_what_is_kept_of_a_learner_is_theirs(learner: str) -> None:
    key = f"school/{learner}"
    for name in replies(key):
        assert cache.holds(name.encode(), key.encode())


@pytest.mark.parametrize("key", [f"school/{odd}" for odd in ODD] + ["my-school/ada", "éschool/ada", "my school/ada"])
def test_another_learners_key_is_not(key: str) -> None:
    for name in (*replies(key), OF_A_LEARNER + key):
        assert not cache.holds(name.encode(), b"school/ada")


def test_signs_that_mean_more_stand_for_themselves() -> None:
    assert cache.pattern(b"s*/a?[x]\\") == rb"*s\*/a\?\[x\]\\*"


@pytest.mark.stack
def test_only_the_learners_keys_are_deleted(services: dict[str, str], learner: str) -> None:
    made = cache.client(settings_for(services))
    one = who(learner + "[*]")
    others = [who(learner + more) for more in ("[*] b", "[*]é", "[*]x", "")]
    for each in (one, *others):
        for name in replies(str(each)):
            made.set(name, 1)
        made.hset(f"{OF_A_LEARNER}{each}", "left", 1)
    assert len(cache.keys(made, one)) == 6
    cache.delete(made, one)
    assert cache.keys(made, one) == []
    for each in others:
        assert len(cache.keys(made, each)) == 6
        cache.delete(made, each)

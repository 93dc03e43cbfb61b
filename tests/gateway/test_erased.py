from gateway.erased import Erased


def test_what_came_before_a_learners_last_erasure_is_covered() -> None:
    erased = Erased(10)
    assert not erased.covers(b"s/ada", 0)
    erased.add(b"s/ada", 100)
    assert erased.covers(b"s/ada", 100)
    assert not erased.covers(b"s/ada", 101)
    assert not erased.covers(b"s/adam", 50)
    erased.add(b"s/ada", 200)
    erased.add(b"s/ada", 150)
    assert erased.covers(b"s/ada", 200)


def test_the_one_that_was_erased_longest_ago_is_let_go() -> None:
    erased = Erased(2)
    for at, key in enumerate((b"a", b"b", b"a", b"c")):
        erased.add(key, at)
    assert [erased.covers(key, 0) for key in (b"a", b"b", b"c")] == [True, False, True]

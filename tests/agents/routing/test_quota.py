from hypothesis import given
from hypothesis import strategies as st

from agents.routing.quota import MINUTE, Quota


def test_without_limits_a_call_may_always_be_made() -> None:
    quota = Quota(0, 0)
    for _ in range(1000):
        quota.take(0.0, 10**6)
    assert quota.ready_at(0.0, 10**6) == 0.0


def test_next_request_waits_until_the_first_of_the_minute_is_over() -> None:
    quota = Quota(2, 0)
    quota.take(0.0, 0)
    quota.take(10.0, 0)
    assert quota.ready_at(20.0, 0) == MINUTE
    assert quota.ready_at(MINUTE, 0) == MINUTE


def test_tokens_count_by_what_may_be_used_until_it_is_known() -> None:
    quota = Quota(0, 1000)
    first = quota.take(0.0, 800)
    assert quota.ready_at(1.0, 300) == MINUTE
    quota.settle(first, 100)
    assert quota.ready_at(1.0, 300) == 1.0


def test_call_that_was_not_made_leaves_its_room() -> None:
    quota = Quota(2, 1000)
    quota.take(0.0, 100)
    unmade = quota.take(0.0, 900)
    quota.give_back(unmade)
    quota.give_back(unmade)
    assert quota.ready_at(1.0, 900) == 1.0
    quota.take(1.0, 900)
    assert quota.ready_at(1.0, 0) == MINUTE


def test_room_may_come_from_the_calls_under_way_and_from_no_others() -> None:
    quota = Quota(3, 1000)
    first, second = quota.take(0.0, 400), quota.take(0.0, 500)
    assert not quota.may_be_sooner(1.0, 100)
    assert quota.may_be_sooner(1.0, 300)
    quota.ended(first)
    quota.ended(first)
    assert quota.may_be_sooner(1.0, 600)
    assert not quota.may_be_sooner(1.0, 601)
    quota.settle(second, 500)
    assert not quota.may_be_sooner(1.0, 300)
    # Requests that were made stay made.
    quota.take(1.0, 100)
    assert not quota.may_be_sooner(2.0, 100)
    assert quota.ready_at(MINUTE, 900) == MINUTE
    assert not quota.may_be_sooner(MINUTE, 900)


def test_call_that_no_minute_has_room_for_waits_for_an_empty_one() -> None:
    quota = Quota(0, 1000)
    assert quota.ready_at(0.0, 5000) == 0.0
    quota.take(0.0, 10)
    assert quota.ready_at(1.0, 5000) == MINUTE


def test_late_word_of_a_call_of_an_earlier_minute_changes_nothing() -> None:
    quota = Quota(0, 1000)
    first = quota.take(0.0, 900)
    assert quota.ready_at(61.0, 900) == 61.0
    quota.take(61.0, 900)
    quota.settle(first, 1)
    assert quota.ready_at(62.0, 200) == 61.0 + MINUTE


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 400)), max_size=40))
def test_no_minute_holds_more_than_the_limits(calls: list[tuple[float, int]]) -> None:
    quota, now, made = Quota(5, 1000), 0.0, []
    for pause, tokens in calls:
        now = quota.ready_at(now + pause, tokens)
        assert quota.ready_at(now, tokens) == now
        quota.take(now, tokens)
        made.append((now, tokens))
    for at, _ in made:
        within = [tokens for when, tokens in made if at <= when < at + MINUTE]
        assert len(within) <= 5
        assert sum(within) <= 1000

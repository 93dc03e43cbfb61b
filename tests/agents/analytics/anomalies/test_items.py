"""An item whose grading breaks is found by who fails at it; what is only hard, or one learner's trouble, is not."""

import random
from collections import Counter

import orjson
import pytest

from agents.analytics.anomalies import items as module
from agents.analytics.anomalies import room
from agents.analytics.anomalies.alerts import Finding
from agents.analytics.anomalies.cause import Cause
from agents.analytics.anomalies.items import WARM_ATTEMPTS, ItemWatch
from agents.analytics.measures import OTHERS, measures
from agents.analytics.window import Window, WindowId
from agents.profile.events import learning_event
from schemas import codec
from schemas.codec import Event
from tests.agents.analytics.anomalies.windows import MINUTE, START, calls
from tests.agents.profile.given import attempt

EXPECTED = 0.6


def window(
    minute: int, item: str, tries: list[tuple[str, bool]], expected: float = EXPECTED, tenant: str = "north"
) -> Event:
    """A closed minute of `item`: who tried, and was it right; the profile expected `expected` of each."""
    made = Window(WindowId(tenant, "item", item, 60, START + minute * MINUTE))
    for place, (learner, right) in enumerate(tries):
        tried = attempt(right) | {"learner_id": learner}
        said = learning_event(tried, "attempt_predicted", item=item, predicted=expected, outcome=float(right))
        [measure] = measures("LearningEvent", said)
        made.add("topic", place + 1, measure)
    return made.aggregate(0, final=True)


def healthy(
    minutes: range, item: str = "i1", right: float = EXPECTED, seed: int = 4, tenant: str = "north"
) -> list[Event]:
    rng = random.Random(f"{item}/{seed}")
    return [
        window(minute, item, [(f"learner-{rng.randrange(30)}", rng.random() < right) for _ in range(2)], tenant=tenant)
        for minute in minutes
    ]


def wrong(minutes: range, item: str = "i1", learners: int = 10, tenant: str = "north") -> list[Event]:
    return [window(minute, item, [(f"learner-{minute % learners}", False)], tenant=tenant) for minute in minutes]


def run(windows: list[Event], watch: ItemWatch | None = None, first: int = 0) -> list[Event]:
    watch = ItemWatch() if watch is None else watch
    alerts = [alert for offset, one in enumerate(windows) for alert in watch.observe(one, first + offset)]
    for alert in alerts:
        assert codec.decode("Alert", codec.encode("Alert", alert)) == alert
    return alerts


def test_an_item_that_everyone_gets_wrong_is_raised_and_cleared_when_it_is_right_again() -> None:
    windows = healthy(range(100)) + wrong(range(100, 115)) + healthy(range(115, 160))
    raised, cleared = run(windows)
    assert (raised["state"], raised["metric"], raised["dimension"]) == ("raised", "wrong_on_item", "item")
    assert (raised["cause"], raised["tenant_id"], cleared["tenant_id"]) == (["i1"], "north", "north")
    assert "WHERE tenant_id = 'north' AND " in raised["query"]
    assert 100 < (raised["sent_at"] - START) // MINUTE <= 115
    assert raised["observed"] > 0.9
    assert 0.3 < raised["expected"] < 0.5
    assert (cleared["state"], cleared["group_id"]) == ("cleared", raised["group_id"])


def test_items_of_two_tenants_with_one_id_are_two() -> None:
    well = healthy(range(140))
    broken = healthy(range(100), tenant="south") + wrong(range(100, 140), tenant="south")
    [raised] = run(sorted(well + broken, key=lambda one: one["window_start"]))
    assert (raised["state"], raised["tenant_id"], raised["cause"]) == ("raised", "south", ["i1"])
    both = wrong(range(100, 115)) + wrong(range(100, 115), tenant="south")
    alerts = run(healthy(range(100)) + healthy(range(100), tenant="south") + both)
    assert {alert["tenant_id"] for alert in alerts} == {"north", "south"}
    assert len({alert["group_id"] for alert in alerts}) == len({alert["event_id"] for alert in alerts}) == 2


def test_items_that_were_stored_without_a_tenant_begin_anew_behind_the_last_window() -> None:
    row = Finding("g", "wrong_on_item", Cause("item", ("i1",), 1.0, 0.0), 0, 1.0, 0.4, 12.0).row()[:-1]
    older = orjson.dumps([{"i1": [40.0, 20.0, 18.0, 0.0, 0, 0.0, 0.0, 0.0, False, 60, ""]}, {"i1": row}, 77])
    assert ItemWatch.loads(older) == ItemWatch(offset=77)


def test_healthy_items_say_nothing() -> None:
    assert run([one for number in range(20) for one in healthy(range(500), f"i{number}")]) == []


def test_an_item_that_was_always_harder_than_expected_is_not_broken() -> None:
    assert run(healthy(range(400), right=0.15)) == []


def test_one_learner_who_fails_again_and_again_is_not_the_item_s_fault() -> None:
    assert run(healthy(range(100)) + wrong(range(100, 140), learners=3)) == []


def test_an_item_that_nobody_has_tried_before_has_no_past_to_be_judged_by() -> None:
    assert run(wrong(range(int(WARM_ATTEMPTS)))) == []


def test_what_is_wrong_for_very_long_becomes_the_item_s_past() -> None:
    raised, ended = run(healthy(range(100)) + wrong(range(100, 700)))
    assert (raised["state"], ended["state"]) == ("raised", "cleared")


def test_the_same_windows_give_the_same_alerts_wherever_the_state_was_stored() -> None:
    windows = healthy(range(100)) + wrong(range(100, 115)) + healthy(range(115, 160))
    watch, alerts = ItemWatch(), []
    for offset, one in enumerate(windows):
        watch = ItemWatch.loads(watch.dumps())
        assert watch.observe(one, offset - 1) == []
        alerts += watch.observe(one, offset)
    assert alerts == run(windows)
    assert len(alerts) == 2


def test_windows_of_other_kinds_are_left_alone() -> None:
    watch = ItemWatch()
    assert run([calls(0, "groq", 6, 3)], watch) == []
    assert (watch.items, watch.offset) == ({}, 0)


def test_items_and_open_alarms_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    monkeypatch.setattr(room, "OPEN", 9)
    watch = ItemWatch()
    names = [f"i{number}" for number in range(4)]
    windows = [one for name in names for one in healthy(range(100), name) + wrong(range(100, 115), name)]
    assert len([alert for alert in run(windows, watch) if alert["state"] == "raised"]) == 2
    run([window(200 + number, f"j{number}", [("ada", True)]) for number in range(6)], watch, len(windows))
    # The one silent longest leaves, not the one that has just come.
    assert [name for _, name in watch.items] == ["i0", "i1", "j3", "j4", "j5"]
    assert watch.findings.keys() <= watch.items.keys()


def test_a_tenant_with_many_alarms_keeps_no_other_s_from_being_raised() -> None:
    windows = [
        one
        for tenant, count in (("north", 30), ("south", 1), ("west", 2))
        for item in range(count)
        for one in (*healthy(range(100), f"i{item}", tenant=tenant), *wrong(range(100, 115), f"i{item}", tenant=tenant))
    ]
    raised = Counter(alert["tenant_id"] for alert in run(windows) if alert["state"] == "raised")
    assert raised == {"north": 12, "south": 1, "west": 2}


@pytest.mark.parametrize(("length", "left"), [(20, 1900), (250, 350)])
def test_what_is_stored_stays_small_however_many_items_and_however_long_their_names(length: int, left: int) -> None:
    watch = ItemWatch()
    for number in range(2500):
        name = f"{number}" + "ж" * length
        tries = [(f"learner-{number}-{place}", place % 3 == 0) for place in range(50)]
        watch.observe(window(number, name, tries[:42]), 2 * number)
        watch.observe(window(number + 1, name, tries[42:]), 2 * number + 1)
    stored = watch.dumps()
    assert len(stored) < 800_000
    assert len(watch.items) >= left
    again = ItemWatch.loads(stored)
    assert (again, again._names) == (watch, watch._names)


def test_a_tenant_that_makes_up_items_pushes_out_no_other_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    watch = ItemWatch()
    run(healthy(range(20)), watch)
    run([window(20 + number, f"x{number}", [("ada", True)], tenant="south") for number in range(200)], watch, 20)
    assert ("north", "i1") in watch.items
    assert len(watch.items) <= 20


def test_what_is_counted_as_others_is_no_item() -> None:
    watch = ItemWatch()
    assert run(healthy(range(100), OTHERS) + wrong(range(100, 130), OTHERS), watch) == []
    assert watch.items == {}

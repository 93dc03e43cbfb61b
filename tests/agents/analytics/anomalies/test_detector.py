"""Windows in, alerts out: over partitions, grouped by cause, the same under replay, bounded."""

import random
import string
import zlib
from collections import Counter
from typing import Any

import orjson
import pytest

from agents.analytics.anomalies import detector as module
from agents.analytics.anomalies import room
from agents.analytics.anomalies.detector import Detector
from agents.analytics.measures import OTHERS
from schemas import codec
from schemas.codec import Event
from tests.agents.analytics.anomalies.windows import MINUTE, START, calls, window

FAULT, LENGTH = 120, 30


def stream(fault: str | None = "provider", partitions: int = 2, minutes: int = 200) -> list[Event]:
    """Two providers and two tenants; from `FAULT` on, one of them fails in a third of the calls."""
    rng = random.Random(6)
    windows = []
    for minute in range(minutes):
        bad_now = FAULT <= minute < FAULT + LENGTH
        for partition in range(partitions):
            for provider in ("groq", "gemini"):
                for tenant in ("north", "south"):
                    hit = (fault == "provider" and provider == "groq") or (fault == "tenant" and tenant == "south")
                    share = 0.35 if bad_now and hit else 0.02
                    failed = sum(rng.random() < share for _ in range(6))
                    windows.append(calls(minute, provider, 6, failed, tenant, partition))
    return windows


def run(windows: list[Event], detector: Detector | None = None) -> list[Event]:
    detector = Detector() if detector is None else detector
    alerts = [alert for offset, one in enumerate(windows) for alert in detector.observe(one, offset)]
    for alert in alerts:
        assert codec.decode("Alert", codec.encode("Alert", alert)) == alert
    return alerts


@pytest.mark.parametrize(("fault", "value"), [("provider", "groq"), ("tenant", "south")])
def test_one_alert_with_the_cause_and_one_that_it_is_over(fault: str, value: str) -> None:
    raised, cleared = run(stream(fault))
    assert (raised["state"], raised["dimension"], raised["cause"]) == ("raised", fault, [value])
    assert (cleared["state"], cleared["group_id"]) == ("cleared", raised["group_id"])
    assert raised["observed"] > 5 * raised["expected"]
    assert raised["contribution"] > 0.6
    found = (raised["sent_at"] - START) // MINUTE
    assert FAULT < found <= FAULT + 8
    assert (cleared["sent_at"] - START) // MINUTE > FAULT + LENGTH
    assert len(cleared["series"]) >= 1
    assert raised["tenant_id"] == (value if fault == "tenant" else "")


def test_nothing_wrong_says_nothing() -> None:
    assert run(stream(None)) == []


def test_the_same_windows_give_the_same_alerts_wherever_the_state_was_stored() -> None:
    windows = stream()
    detector, alerts = Detector(), []
    for offset, one in enumerate(windows):
        if offset % 97 == 0:
            detector = Detector.loads(detector.dumps())
            # What comes again after a crash changes nothing.
            assert detector.observe(windows[max(offset - 1, 0)], offset - 1) == []
        alerts += detector.observe(one, offset)
    assert alerts == run(windows)


def test_partitions_may_come_in_another_order_within_a_minute() -> None:
    windows = stream()
    rng = random.Random(1)
    per_minute = [windows[place : place + 8] for place in range(0, len(windows), 8)]
    for group in per_minute:
        rng.shuffle(group)
    mixed = run([one for group in per_minute for one in group])
    assert [alert["event_id"] for alert in mixed] == [alert["event_id"] for alert in run(windows)]


def test_a_minute_that_comes_too_late_is_counted_and_left_out() -> None:
    detector = Detector()
    run(stream(None, minutes=20), detector)
    assert detector.observe(calls(0, "groq", 6, 6), 10_000) == []
    assert detector.late == 1


def test_a_silent_partition_holds_nothing_open_for_long() -> None:
    detector = Detector()
    detector.observe(calls(0, "groq", 6, 0, partition=1), 0)
    for minute in range(1, 20):
        detector.observe(calls(minute, "groq", 6, 0), minute)
    assert detector.judged >= START + 15 * MINUTE
    assert len(detector.waiting) <= 3


def test_the_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SERIES", 10)
    detector = Detector()
    for minute in range(60):
        detector.observe(window(minute, "concept", f"c{minute}", {"attempts": 3, "correct": 1}), minute)
    assert len(detector.charts) <= 10
    assert ("wrong_answers", "concept", "c57", "north") in detector.charts


@pytest.mark.parametrize(("hard_minutes", "alerts"), [(4, 0), (12, 1)])
def test_a_concept_that_few_have_tried_is_no_alert_until_more_have(hard_minutes: int, alerts: int) -> None:
    rng = random.Random(8)
    windows = []
    for minute in range(180):
        for concept in ("hard", "other"):
            attempts, correct = 8, sum(rng.random() < 0.7 for _ in range(8))
            if concept == "hard" and minute >= 120:
                attempts, correct = (3, 0) if minute < 120 + hard_minutes else (3, 3)
            windows.append(window(minute, "concept", concept, {"attempts": attempts, "correct": correct}))
    raised = [alert for alert in run(windows) if alert["state"] == "raised"]
    assert [alert["cause"] for alert in raised] == [["hard"]] * alerts
    for alert in raised:
        # Three attempts a minute: the seventh minute has the twentieth.
        assert (alert["sent_at"] - START) // MINUTE >= 126


def test_two_concepts_that_break_are_two_alerts() -> None:
    rng = random.Random(8)
    windows = []
    for minute in range(200):
        for concept in range(6):
            broken = (concept == 1 and minute >= 120) or (concept == 4 and minute >= 130)
            correct = sum(rng.random() < (0.1 if broken else 0.7) for _ in range(8))
            windows.append(window(minute, "concept", f"c{concept}", {"attempts": 8, "correct": correct}))
    raised = [alert for alert in run(windows) if alert["state"] == "raised"]
    assert [alert["cause"] for alert in raised] == [["c1"], ["c4"]]


def test_a_tenant_with_incidents_keeps_no_other_s_from_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "OPEN", 4)
    rng = random.Random(8)
    windows = []
    for minute in range(200):
        for tenant, first in (("north", 100), ("south", 170)):
            for concept in range(8):
                # One after another, so that each stands out among those of its tenant.
                broken = minute >= first + 10 * concept and concept < 3
                correct = sum(rng.random() < (0.05 if broken else 0.8) for _ in range(12))
                counts = {"attempts": 12, "correct": correct}
                windows.append(window(minute, "concept", f"c{concept}", counts, tenant=tenant))
    raised = Counter(alert["tenant_id"] for alert in run(windows) if alert["state"] == "raised")
    assert raised == {"north": 1, "south": 1}


def test_a_tenant_that_makes_up_concepts_pushes_out_no_other_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SERIES", 10)
    detector = Detector()
    for minute in range(40):
        made_up = [window(minute, "concept", f"x{minute}/{n}", {"attempts": 1}, tenant="south") for n in range(20)]
        # Every other minute alone: what is silent for a while has not to go for what has just come.
        known = [window(minute, "concept", f"c{n}", {"attempts": 3}) for n in range(4) if minute % 2 == 0]
        for place, one in enumerate([*made_up, *known]):
            detector.observe(one, 100 * minute + place)
    assert len(detector.charts) == 10
    assert {f"c{n}" for n in range(4)} == {name for _, _, name, tenant in detector.charts if tenant == "north"}


def test_what_waits_to_be_judged_is_bounded_for_each_tenant_and_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_OF_ONE", 2_000)
    monkeypatch.setattr(module, "WAITING", 5_000)
    detector = Detector()
    for place, tenant in enumerate("abc"):
        for number in range(100):
            made_up = window(0, "concept", f"c{number}", {"attempts": 3}, tenant=tenant)
            detector.observe(made_up, 100 * place + number)
    detector.observe(calls(0, "groq", 6, 0), 300)
    tenants = Counter(tenant for _, _, _, tenant in detector.waiting[START])
    assert tenants[""] == 2, "the system's figures find room"
    assert 0 < tenants["c"] < tenants["a"] == tenants["b"] < 30


def test_the_bytes_of_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NAMES", 1_000)
    detector = Detector()
    run([window(minute, "concept", f"{minute}".rjust(100), {"attempts": 3}) for minute in range(20)], detector)
    assert [name.strip() for _, _, name, _ in detector.charts] == [str(minute) for minute in range(11, 18)]


@pytest.mark.parametrize(("length", "series", "lag"), [(60, 590, 2), (256, 2000, 4)])
def test_what_is_stored_stays_small_however_many_concepts_and_however_long_their_names(
    length: int, series: int, lag: int
) -> None:
    rng = random.Random(5)
    names = ["".join(rng.choices(string.ascii_letters + string.digits, k=length)) for _ in range(series)]
    detector, offset = Detector(), 0
    detector.observe(calls(0, "groq", 6, 1, partition=1), 0)
    for minute in range(45):
        # A partition that lags holds minutes open; the system's figures find room whatever a tenant's app makes up.
        for at, partition in ((minute, 0), (max(minute - lag, 0), 1)):
            for place, name in enumerate(names if partition == 0 else ()):
                offset += 1
                counts = {"attempts": 12, "correct": rng.randrange(6, 11)}
                detector.observe(window(at, "concept", name, counts, tenant=f"t{place % 5}"), offset)
            offset += 1
            detector.observe(calls(at, "groq", 6, 1, partition=partition), offset)
    stored = detector.dumps()
    assert len(stored) < 800_000
    assert ("errors", "provider", "groq", "") in detector.charts
    assert detector.charts["errors", "provider", "groq", ""].minutes >= 35
    assert Detector.loads(stored) == detector
    assert Detector.loads(stored).dumps() == stored


def test_what_is_counted_as_others_is_no_concept() -> None:
    assert run([window(minute, "concept", OTHERS, {"attempts": 30}) for minute in range(60)]) == []
    detector = Detector()
    run([window(minute, "concept", OTHERS, {"attempts": 30}) for minute in range(60)], detector)
    assert detector.charts == {}


def concepts(minutes: range, tenant: str, broken: int | None = None, seed: int = 8) -> list[Event]:
    """Six concepts of a tenant; from minute 120 on `broken` is nearly always wrong."""
    rng = random.Random(seed)
    return [
        window(minute, "concept", f"c{concept}", {"attempts": 8, "correct": right}, tenant=tenant)
        for minute in minutes
        for concept in range(6)
        for right in [sum(rng.random() < (0.1 if concept == broken and minute >= 120 else 0.7) for _ in range(8))]
    ]


def test_a_concept_s_alert_is_its_tenant_s_and_equal_ids_of_another_are_left_alone() -> None:
    windows = [*concepts(range(200), "north", 2), *concepts(range(200), "south", seed=9)]
    detector = Detector()
    [raised] = run(sorted(windows, key=lambda one: one["window_start"]), detector)
    assert (raised["state"], raised["cause"], raised["tenant_id"]) == ("raised", ["c2"], "north")
    assert "WHERE tenant_id = 'north' AND " in raised["query"]
    assert detector.charts["wrong_answers", "concept", "c2", "north"].raised
    assert not detector.charts["wrong_answers", "concept", "c2", "south"].raised


def test_one_concept_that_breaks_at_two_tenants_is_an_alert_of_each() -> None:
    windows = [*concepts(range(200), "north", 2), *concepts(range(200), "south", 2, seed=9)]
    raised = run(sorted(windows, key=lambda one: one["window_start"]))
    assert sorted((alert["tenant_id"], *alert["cause"]) for alert in raised) == [("north", "c2"), ("south", "c2")]
    assert len({alert["group_id"] for alert in raised}) == 2


def test_what_was_stored_without_tenants_goes_on_but_for_its_concepts() -> None:
    windows = sorted([*stream(), *concepts(range(200), "north", 2)], key=lambda one: one["window_start"])
    half = next(place for place, one in enumerate(windows) if one["window_start"] == START + (FAULT + 20) * MINUTE)
    detector = Detector()
    run(windows[:half], detector)
    assert {one.found.metric for one in detector.incidents} == {"errors", "wrong_answers"}
    resumed = Detector.loads(as_version_1(detector))
    assert {key for key in detector.charts if key[0] != "wrong_answers"} == resumed.charts.keys()
    assert [one.found.metric for one in resumed.incidents] == ["errors"]
    rest = [alert for place, one in enumerate(windows[half:]) for alert in resumed.observe(one, half + place)]
    assert [(alert["state"], alert["cause"]) for alert in rest] == [("cleared", ["groq"])]


def as_version_1(detector: Detector) -> bytes:
    """What the first version would have stored."""
    held = orjson.loads(zlib.decompress(detector.dumps()))
    version, names, charts, waiting, sources, judged, late, recent, incidents, offset = held
    assert version == 2

    def plain(rows: list[Any]) -> list[list[object]]:
        return [[*names[place][:3], row] for place, row in rows]

    return orjson.dumps(
        [
            plain(charts),
            [[minute, plain(rows)] for minute, rows in waiting],
            sources,
            judged,
            late,
            [[minute, plain(rows)] for minute, rows in recent],
            [
                [*found[:4], raised_at, [key[:3] for key in keys], calm, *found[4:7]]
                for found, raised_at, keys, calm in incidents
            ],
            offset,
        ]
    )

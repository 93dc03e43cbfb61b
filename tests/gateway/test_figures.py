import pytest

from agents.analytics.anomalies.items import ItemWatch
from gateway import figures as figures_module
from gateway.figures import SECTIONS, WINDOW_SECONDS, Figures
from gateway.windows import Wanted
from tests.agents.analytics.anomalies.test_items import healthy, wrong
from tests.cli.samples import sample

NOW = 1_000_000.0


def reply(at: float, provider: str = "groq", tenant: str = "school", state: str = "confused") -> dict[str, object]:
    event = sample("TutorResponse")
    event |= {
        "tenant_id": tenant,
        "provider": provider,
        "source": "PROVIDER",
        "appended_at": int((at - 0.5) * 1_000_000),
        "provider_ms": 400.0,
        "first_token_ms": 100.0,
        "cost_usd": 0.001,
        "tries": [{"provider": "slow", "model": "", "outcome": "timeout", "error": None, "elapsed_ms": 1.0}],
    }
    event["emotion"] = {**event["emotion"], "cant_tell": False, "states": {state: 0.9}}
    return event


def test_replies_are_counted_for_five_minutes_each_tenant_apart() -> None:
    told: list[str] = []
    figures = Figures(told.append)
    figures.response(reply(NOW - WINDOW_SECONDS - 1), int((NOW - WINDOW_SECONDS - 1) * 1000))
    figures.response(reply(NOW - 5), int((NOW - 5) * 1000))
    figures.response(reply(NOW - 4, "gemini"), int((NOW - 4) * 1000))
    figures.response(reply(NOW - 4, tenant="other"), int((NOW - 4) * 1000))
    shown = figures.of("school").snapshot(NOW)
    assert tuple(shown) == SECTIONS
    assert shown["flow"]["replies"] == 2
    assert sum(shown["flow"]["series"]) == 2
    assert shown["latency"]["total"] == {"p50": 500.0, "p95": 500.0, "p99": 500.0}
    assert shown["latency"]["pipeline"]["p50"] == 100.0
    assert shown["emotions"] == {"confused": 2}
    assert [(each["provider"], each["replies"], each["failed_calls"]) for each in shown["providers"]] == [
        ("gemini", 1, 0),
        ("groq", 1, 0),
        ("slow", 0, 2),
    ]
    assert told == ["school", "school", "school", "other"]


def test_a_provider_that_was_not_called_or_not_waited_for_has_not_failed() -> None:
    figures = Figures(lambda _: None)
    ends = (("a", "open"), ("a", "timeout"), ("b", "open"), ("c", "skipped"), ("groq", "ok"), ("d", "cancelled"))
    tried = [
        {"provider": name, "model": "", "outcome": outcome, "error": None, "elapsed_ms": 1.0} for name, outcome in ends
    ]
    figures.response(reply(NOW - 5) | {"tries": tried}, int((NOW - 5) * 1000))
    shown = figures.of("school").snapshot(NOW)["providers"]
    assert [(each["provider"], each["failed_calls"]) for each in shown] == [("groq", 0), ("a", 1)]


def test_sections_are_chosen() -> None:
    assert set(Figures(lambda _: None).of("school").snapshot(NOW, ("flow", "aggregates"))) == {"flow", "aggregates"}


def test_what_is_of_no_tenant_is_in_nobody_s_figures() -> None:
    told: list[str] = []
    figures = Figures(told.append)
    figures.aggregate({**sample("Aggregate"), "tenant_id": ""})
    figures.aggregate({**sample("Aggregate"), "tenant_id": "school"})
    assert told == ["school"]
    assert len(figures.of("school").snapshot(NOW, ("aggregates",))["aggregates"]) == 1


def test_interventions_show_the_newest_first() -> None:
    figures = Figures(lambda _: None)
    for kind in ("frustration_rising", "recovery"):
        figures.intervention({**sample("Intervention"), "tenant_id": "school", "kind": kind}, 1)
    shown = figures.of("school").snapshot(NOW, ("interventions",))["interventions"]
    assert [each["kind"] for each in shown] == ["recovery", "frustration_rising"]


def alert(state: str, tenant: str = "", group: str = "g1", dimension: str = "provider") -> dict[str, object]:
    changes = {"group_id": group, "tenant_id": tenant, "state": state, "dimension": dimension, "text": f"of {group}"}
    return sample("Alert") | changes


def test_an_alert_stands_until_it_is_cleared_for_those_whom_it_concerns() -> None:
    told: list[str] = []
    figures = Figures(told.append)
    figures.response(reply(NOW), int(NOW * 1000))
    figures.response(reply(NOW, tenant="other"), int(NOW * 1000))
    told.clear()
    figures.alert(alert("raised"))
    assert sorted(told) == ["other", "school"]
    figures.alert(alert("raised", "other", "g2", "tenant"))
    shown = {name: figures.of(name).snapshot(NOW, ["alerts"])["alerts"] for name in ("school", "other", "third")}
    assert [one["text"] for one in shown["school"]] == ["of g1"]
    assert [one["text"] for one in shown["other"]] == ["of g2", "of g1"]
    assert [one["text"] for one in shown["third"]] == ["of g1"]
    figures.alert(alert("cleared"))
    assert figures.of("school").snapshot(NOW, ["alerts"]) == {"alerts": []}


def test_an_alert_that_names_several_tenants_is_shown_to_none() -> None:
    figures = Figures(lambda _: None)
    figures.alert(alert("raised", dimension="tenant"))
    assert figures.of("school").snapshot(NOW, ["alerts"]) == {"alerts": []}


def test_a_concept_or_an_item_is_shown_to_its_tenant_alone_and_without_one_to_nobody() -> None:
    figures = Figures(lambda _: None)
    for number, dimension in enumerate(("concept", "item")):
        figures.alert(alert("raised", "school", f"g{number}", dimension))
        figures.alert(alert("raised", "", f"h{number}", dimension))
    for number, dimension in enumerate(("provider", "version", "all")):
        figures.alert(alert("raised", "", f"c{number}", dimension))
    shown = {name: figures.of(name).snapshot(NOW, ["alerts"])["alerts"] for name in ("school", "other")}
    assert [one["group_id"] for one in shown["school"]] == ["g1", "g0", "c2", "c1", "c0"]
    assert [one["group_id"] for one in shown["other"]] == ["c2", "c1", "c0"]


def test_what_is_found_in_the_windows_of_one_school_says_nothing_to_another() -> None:
    figures, watch = Figures(lambda _: None), ItemWatch()
    item = "final-exam-2026-q7"
    windows = healthy(range(100), item, tenant="school-a") + wrong(range(100, 115), item, tenant="school-a")
    for offset, window in enumerate(windows):
        for said in watch.observe(window, offset):
            figures.alert(said)
    [shown] = figures.of("school-a").snapshot(NOW, ["alerts"])["alerts"]
    assert item in shown["text"]
    assert figures.of("school-b").snapshot(NOW, ["alerts"]) == {"alerts": []}


def test_a_watcher_gets_the_aggregates_of_the_kinds_and_dimensions_that_it_asked_for() -> None:
    figures = Figures(lambda _: None)
    places = {("concept", "fractions"), ("concept", "primes"), ("provider", "groq")}
    for kind, dimension in places:
        event = sample("Aggregate") | {"tenant_id": "school"}
        figures.aggregate(event | {"kind": kind, "dimension": dimension})

    def shown(kinds: set[str] | None, scopes: set[str] | None) -> set[tuple[str, str]]:
        wanted = Wanted(kinds and frozenset(kinds), scopes and frozenset(scopes))
        windows = figures.of("school").snapshot(NOW, ("aggregates",), wanted)["aggregates"]
        return {(window["kind"], window["dimension"]) for window in windows}

    assert shown(None, None) == places
    assert shown({"concept"}, None) == {("concept", "fractions"), ("concept", "primes")}
    assert shown(None, {"groq", "primes"}) == {("concept", "primes"), ("provider", "groq")}
    assert shown({"concept"}, {"groq"}) == set()


def test_what_is_worked_out_from_all_replies_is_shared_by_watchers_and_soon_made_anew() -> None:
    figures = Figures(lambda tenant: None)
    school = figures.of("school")
    figures.response(reply(1000.0), 1_000_000)
    assert school.watched(1000.0) == school.snapshot(1000.0)
    figures.response(reply(1000.1), 1_000_100)
    figures.intervention({**sample("Intervention"), "tenant_id": "school"}, 1_000_100)
    soon = school.watched(1000.3)
    assert soon["flow"]["replies"] == 1
    assert len(soon["interventions"]) == 1, "what is sent at once waits for nothing"
    assert school.watched(1000.6, ("flow",))["flow"]["replies"] == 2


def test_nothing_from_before_an_erasure_names_the_learner() -> None:
    told: list[str] = []
    figures = Figures(told.append)
    for at, tenant, learner in ((1, "school", "ada"), (1, "school", "ben"), (1, "other", "ada"), (3, "school", "ada")):
        figures.intervention(
            {**sample("Intervention"), "tenant_id": tenant, "learner_id": learner, "text": f"{at}"}, at
        )
    told.clear()
    figures.forget("school", "ada", 2)
    figures.forget("unknown", "ada", 2)
    shown = {
        name: [
            (each["learner_id"], each["text"])
            for each in figures.of(name).snapshot(NOW, ["interventions"])["interventions"]
        ]
        for name in ("school", "other")
    }
    assert shown == {"school": [("ada", "3"), ("ben", "1")], "other": [("ada", "1")]}
    assert told == ["school"]


def test_the_tenant_that_was_used_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "MOST_TENANTS", 2)
    figures = Figures(lambda _: None)
    for tenant in ("busy", "idle", "busy", "new"):
        figures.response(reply(NOW, tenant=tenant), int(NOW * 1000))
    assert figures.of("busy").snapshot(NOW, ["flow"])["flow"]["replies"] == 2
    assert figures.of("idle").snapshot(NOW, ["flow"])["flow"]["replies"] == 0

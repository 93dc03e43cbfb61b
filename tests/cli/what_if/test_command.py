"""Recorded traffic of real workers, replayed: as it was, and with one thing changed at a time."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.emotion.plan import PlanRules
from agents.routing.prompt import Prompt
from cli import exits
from cli.clickhouse import connected
from cli.exits import Failure
from cli.kafka import reach, reader, spans
from cli.what_if.asking import Asking
from cli.what_if.changes import changed as changed_program
from cli.what_if.compare import settled
from cli.what_if.difference import Window, differences, fidelity, summary
from cli.what_if.recording import READ
from cli.what_if.run import Replayed
from config.experiments import Experiment
from local.stack import Stack
from schemas.codec import encode
from schemas.topics import SHARED
from tests.cli.conftest import Masterx
from tests.cli.what_if.conftest import LEARNERS, ROUNDS, Live

pytestmark = [pytest.mark.kafka, pytest.mark.stack]

MESSAGES = LEARNERS * ROUNDS
WHOLE = Window()


@pytest.fixture(scope="module")
def before(live: Live) -> Replayed:
    return live.replayed(live.program)


def standing(live: Live) -> tuple[Any, Any]:
    """Where the learners' topics end, and how many rows every live table has. Workers go on to publish their sums and
    the windows that time closes, whoever replays."""
    topics = [topic.name for topic in READ if topic is not SHARED]
    consumer = reader(live.settings)
    try:
        held = spans(consumer, topics, reach(consumer, live.settings))
    finally:
        consumer.close()
    with connected(live.settings) as client:
        sql = "SELECT name, total_rows FROM system.tables WHERE database = {name:String} ORDER BY name"
        rows = client.query(sql, parameters={"name": live.settings.clickhouse_database}).result_rows
    return held, rows


def changed(live: Live, masterx: Masterx, tmp_path: Path, text: str, *more: str) -> dict[str, Any]:
    path = tmp_path / "changes.yaml"
    path.write_text(text)
    done = masterx("what-if", str(path), "--tenant", live.tenant, "--json", *more, **live.variables)
    assert done.code == exits.OK, done.err
    found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    assert found["unchanged"]["exact"], done.err
    return found


def test_with_nothing_changed_every_event_comes_out_as_recorded(live: Live, masterx: Masterx) -> None:
    done = masterx("what-if", "--tenant", live.tenant, "--json", **live.variables)
    assert done.code == exits.OK, done.out
    found = json.loads(done.out.splitlines()[-1])["unchanged"]
    assert found["events"] == found["same"]
    assert found["events"]["ScoredMessage"] == found["events"]["TutorResponse"] == MESSAGES
    assert found["events"]["Reward"] == MESSAGES
    # A profile for each attempt, response, feedback and signal.
    assert found["events"]["LearnerProfile"] == 2 * MESSAGES + ROUNDS + LEARNERS
    assert found["events"]["LearningEvent"] >= MESSAGES


def test_a_record_that_is_tampered_with_is_noticed(live: Live, before: Replayed) -> None:
    recording = live.recording
    assert fidelity(recording, before, WHOLE).exact
    id_ = next(iter(before.routed))
    for kind, kept_by_id in (("TutorResponse", recording.responses), ("ScoredMessage", recording.scored)):
        kept = kept_by_id[id_]
        kept_by_id[id_] = replace(kept, value=encode(kind, {**kept.event, "text": kept.event["text"] + "."}))
        found = fidelity(recording, before, WHOLE)
        kept_by_id[id_] = kept
        assert found.of[kind] - found.same[kind] == 1
        assert found.fields == {f"{kind}.text": 1}
    assert fidelity(recording, before, WHOLE).exact


def test_a_price_changes_costs_and_what_follows_from_them_and_nothing_else(
    live: Live, masterx: Masterx, tmp_path: Path
) -> None:
    stood = standing(live)
    dearer = "providers: {providers: [{name: alpha, price: {input: 10, output: 20}}, {name: beta}]}"
    found = changed(live, masterx, tmp_path, dearer, "--into", "cli_what_if")
    responses = [kept.event for kept in live.recording.responses.values()]
    by_alpha = sum(one["cost_usd"] for one in responses if one["provider"] == "alpha")
    was, now = found["cost"]["usd"]
    assert was == pytest.approx(sum(one["cost_usd"] for one in responses), abs=1e-12)
    assert now - was == pytest.approx(9 * by_alpha, abs=1e-12)
    assert found["answers"]["same"] == MESSAGES
    assert found["answers"]["unknown"] == {}
    assert set(found["changed"]) <= {"TutorResponse", "Reward", "LearnerProfile"}
    assert found["changed"]["TutorResponse"] == sum(one["provider"] == "alpha" for one in responses)
    assert standing(live) == stood
    with connected(live.settings) as client:
        rows = client.query("SELECT count(), toFloat64(sum(cost_usd)) FROM cli_what_if.fact_responses").result_rows
        assert rows[0] == (MESSAGES, pytest.approx(now, abs=1e-7))
        table = "SELECT uniqExact(id) FROM cli_what_if.what_if_differences WHERE path = 'cost_usd'"
        assert client.query(table).result_rows == [(found["changed"]["TutorResponse"],)]


def test_another_policy_is_shown_with_its_value_and_with_what_can_not_be_known(
    live: Live, masterx: Masterx, tmp_path: Path
) -> None:
    always = "providers: {policy: declared-order, providers: [{name: beta}, {name: alpha}]}"
    found = changed(live, masterx, tmp_path, always, "--into", "cli_what_if_policy", "--drop")
    responses = [kept.event for kept in live.recording.responses.values()]
    by_alpha = sum(one["provider"] == "alpha" for one in responses)
    answers = found["answers"]
    assert answers["first_choice"]["beta"][1] == MESSAGES
    assert answers["unknown"] == ({"beta": by_alpha} if by_alpha else {})
    assert answers["same"] == MESSAGES - by_alpha
    assert found["cost"]["estimated"] == by_alpha
    value = found["policy_value"]
    assert value["decisions"] == MESSAGES
    assert value["never_tried"] == 0
    assert value["ips"]["low"] <= value["ips"]["value"] <= value["ips"]["high"]
    with connected(live.settings, database=False) as client:
        assert "cli_what_if_policy" not in {row[0] for row in client.query("SHOW DATABASES").result_rows}


def test_what_is_not_known_is_asked_for_where_that_is_wanted(
    live: Live, before: Replayed, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTERX_LOCAL_PROVIDER_URL", stack.provider.base_url)
    path = Path(live.settings.providers_file).parent / "only-alpha.yaml"
    path.write_text("providers: {without: [beta], providers: [{name: alpha, model: openai/alpha-2}]}")
    program = changed_program(path, live.settings, {})
    with Asking(program.entries, 3, os.environ) as asking:
        after = live.replayed(program, before, asking.ask)
    assert (asking.asked, asking.failed) == (3, 0)
    asked = [routed for routed in after.routed.values() if routed.asked]
    assert len(asked) == 3
    for routed in asked:
        assert routed.unknown is None
        assert routed.shown["model"] == "openai/alpha-2"
        assert routed.shown["text"]
        assert routed.cost_usd > 0
    assert sum(routed.unknown == "alpha" for routed in after.routed.values()) == MESSAGES - 3


def test_a_provider_that_can_not_be_asked_is_one_line(
    live: Live, before: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MASTERX_LOCAL_PROVIDER_URL", raising=False)
    with (
        Asking(live.program.entries, 3, os.environ) as asking,
        pytest.raises(Failure, match="alpha can't be called") as wrong,
    ):
        asking.ask("alpha", Prompt((), (), 0, 0, ""), "id")
    assert wrong.value.code == exits.BAD_SETTING


def test_a_threshold_changes_plans_and_prompts_but_no_reading(live: Live, before: Replayed) -> None:
    after = live.replayed(replace(live.program, plan=PlanRules(strong=0.01, some=0.01)), before)
    found = differences(live.recording, before, after, WHOLE)
    numbers = summary(live.recording, before, after, found, WHOLE)
    assert numbers["emotions"]["readings_changed"] == 0
    assert numbers["emotions"]["plans_changed"] > 0
    assert numbers["answers"]["prompts_changed"] > 0
    # A prompt that nobody was asked has no answer on record.
    unknown = [id_ for id_, routed in after.routed.items() if routed.unknown is not None]
    assert unknown
    for id_ in unknown:
        assert after.routed[id_].shown["text"] == ""
        assert "answer" in after.routed[id_].shown["missing"]
        assert after.routed[id_].carried["text"] == before.routed[id_].carried["text"]


def test_another_model_reads_again(live: Live, before: Replayed) -> None:
    after = live.replayed(replace(live.program, model="ngrams"), before)
    models = {scored["emotion"]["model"] for scored in after.scored.values()}
    assert len(models) == 1
    assert models.pop().startswith("emotion-ngrams")
    again = live.replayed(replace(live.program, settings=live.settings.model_copy(update={"emotion_off": "*"})), before)
    assert {scored["emotion"]["model"] for scored in again.scored.values()} == {"off"}


def test_an_experiment_withholds_interventions(live: Live, before: Replayed) -> None:
    held = Experiment(key="all", intervention="next_step_changed", design="held_out", share=0.999)
    after = live.replayed(replace(live.program, experiments=(held,)), before)
    numbers = summary(live.recording, before, after, [], WHOLE)["interventions"]["next_step_changed"]
    assert numbers[0] > 0
    assert numbers[1] == 0
    # Other tests' learners are in the topics too.
    ours = [event for _, event in after.outputs.values() if event.get("tenant_id") == live.tenant]
    assert [event.get("kind") for event in ours].count("intervention_withheld") == numbers[0]


def test_a_smaller_budget_makes_smaller_prompts(live: Live, before: Replayed) -> None:
    after = live.replayed(
        replace(live.program, settings=live.settings.model_copy(update={"context_tokens": 300})), before
    )
    for id_, routed in after.routed.items():
        assert routed.shown["prompt_budget"] == 300
        shown = settled("TutorResponse", routed.shown)
        assert shown["decision"]["features"]["prompt"] <= 0.3
        assert shown["decision"]["features"]["prompt"] <= before.routed[id_].shown["decision"]["features"]["prompt"]


def test_what_can_not_be_asked_for_is_one_line(live: Live, masterx: Masterx, tmp_path: Path) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text("settings: {context_tokens: 700}")
    database = live.settings.clickhouse_database
    for arguments, code, said in (
        ((str(tmp_path / "none.yaml"),), exits.NO_INPUT, "none.yaml"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), exits.USAGE, "--from must lie before --to"),
        (("--tenant", "nobody"), exits.NO_INPUT, "no answered message of nobody"),
        (("--to", "2020-01-01"), exits.NO_INPUT, "no answered message"),
        (("--from", "2090-01-01"), exits.NO_INPUT, "no answered message"),
        ((str(path), "--into", database), exits.USAGE, "is the live database"),
        ((str(path), "--into", "system"), exits.USAGE, "holds tables that no replay made"),
    ):
        done = masterx("what-if", *arguments, **live.variables)
        assert done.code == code, done.err
        assert said in done.error

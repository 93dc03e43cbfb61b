"""The names that erasing goes by, held against the stages themselves."""

import asyncio

from cli.apps import APPS, stages
from cli.learner.readers import COMPACTED, OF_LEARNERS, READS, STATES, changelogs, group, state_keys
from config.settings import Settings
from pipeline import changelogs as pipeline_changelogs
from pipeline.delivery.process_batch import RING, NoStates
from pipeline.delivery.record import Outcome, Record
from pipeline.delivery.stage import BatchStage
from pipeline.names import app_id
from schemas import catalogue, topics
from tests.cli.samples import sample


def test_the_topics_are_those_whose_events_name_a_learner() -> None:
    named = {
        topic
        for topic in topics.ALL
        if any(field["name"] == "learner_id" for field in catalogue.declared(topic.event)["fields"])
    }
    assert set(OF_LEARNERS) == named
    assert COMPACTED == (topics.PROFILES,)


def test_every_app_reads_and_keeps_what_is_said_of_it() -> None:
    assert set(READS) == set(APPS)
    names = {topic.name for topic in OF_LEARNERS}
    names |= {topic.dlq for topic in OF_LEARNERS}
    logs = []
    for app in APPS:
        made = stages(app, Settings())
        read = {source.topic.name for stage in made for source in stage.sources}
        assert {topic.name for topic in READS[app]} == read & names, app
        stateful = tuple(stage.name for stage in made if stage.stateful)
        assert STATES.get(app, ()) == stateful
        logs += [pipeline_changelogs.name(app_id(app), stage) for stage in stateful]
        assert group(app) == app_id(app)
    assert sorted(changelogs()) == sorted(logs)


def test_every_stage_with_state_forgets_whom_an_erasure_names() -> None:
    record = Record(topics.ERASURES.name, 3, 0, b"t/ada", sample("Erasure"), 0)
    for app in STATES:
        for stage in stages(app, Settings()):
            assert topics.ERASURES in {source.topic for source in stage.sources}, stage.name
            if isinstance(stage, BatchStage):
                done = asyncio.run(stage.handle([record], NoStates()))
                assert (done.emits, done.states) == ((), {(3, b"t/ada"): None})
            else:
                done = asyncio.run(stage.handle(record, None))
                # Rows that the stage may have beside a state are deleted by name.
                assert not any(done.rows.values()), stage.name
                assert done == Outcome(forget=True, rows=done.rows), stage.name


def test_state_is_looked_for_under_both_keys() -> None:
    assert state_keys(b"t/ada") == (b"t/ada", RING + b"t/ada")

import pytest

from cli.apps import APPS, check, stages
from config.settings import Settings
from pipeline.delivery.record import Refused
from schemas.topics import ALL, MINUTES, SHARED
from tests.cli.samples import sample


def test_every_topic_has_one_owner_that_dead_letters_what_is_bad_in_it() -> None:
    made = {app: stages(app, Settings()) for app in APPS}
    owners = [source.topic.name for app in made.values() for stage in app for source in stage.sources if source.owner]
    assert len(owners) == len(set(owners))
    assert {topic.name for topic in ALL if topic.from_apps} <= set(owners)


def test_the_sink_stores_every_topic_but_shared_statistics() -> None:
    [sink] = stages("sinks", Settings())
    read = {source.topic.name for source in sink.sources}
    assert {topic.name for topic in ALL} - read == {SHARED.name, MINUTES.name}


def test_what_can_not_be_is_refused_by_the_brokers_clock() -> None:
    checked = check(Settings())
    attempt = sample("Attempt")
    checked("Attempt", attempt, attempt["sent_at"])
    with pytest.raises(Refused) as refused:
        checked("Attempt", {**attempt, "hints_used": -1}, attempt["sent_at"])
    assert refused.value.reason == "hints"
    with pytest.raises(Refused) as refused:
        checked("Attempt", attempt, attempt["sent_at"] - 3_600_000_000)
    assert refused.value.reason == "future_clock"


def test_events_of_the_pipeline_itself_pass() -> None:
    check(Settings())("EnrichedMessage", sample("EnrichedMessage"), 0)

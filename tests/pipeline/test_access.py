from unittest.mock import Mock

import pytest

from cli.apps import APPS, stages
from config.settings import Settings
from pipeline.access import ACCESS, GATEWAY, Right, planned
from schemas.topics import BY_NAME, ERASURES, MESSAGES, SHARED


@pytest.mark.parametrize("app", APPS)
def test_an_app_reads_what_its_stages_read_and_no_more(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Models take seconds to load, and read no topic.
    for name in ("load", "load_light"):
        monkeypatch.setattr(f"agents.emotion.scorer.EmotionScorer.{name}", Mock())
    read = [source for stage in stages(app, Settings()) for source in stage.sources]
    sources = {source.topic for source in read}
    assert {topic.name for topic in ACCESS[app].reads - {SHARED}} == {topic.name for topic in sources}
    # Whoever owns an app's topic moves what lies in the wrong partition of it.
    owned = {source.topic.name for source in read if source.owner and source.topic.from_apps}
    assert {topic.name for topic in ACCESS[app].moves} == owned
    assert {topic.name for topic in ACCESS[app].refuses} == {t.name for t in sources if t.name in BY_NAME}


def test_the_core_may_write_again_what_lies_in_the_wrong_partition() -> None:
    assert Right("masterx-core", "TOPIC", MESSAGES.name, "WRITE") in planned()


def test_nobody_writes_what_another_app_owns() -> None:
    owners: dict[str, list[str]] = {}
    for app, access in ACCESS.items():
        for topic in access.writes - {SHARED}:
            owners.setdefault(topic.name, []).append(app)
    assert {name: apps for name, apps in owners.items() if len(apps) > 1} == {}


def test_the_gateway_neither_reads_messages_nor_erases() -> None:
    assert MESSAGES not in ACCESS[GATEWAY].reads
    assert ERASURES not in ACCESS[GATEWAY].writes
    assert not {right for right in planned() if right.user == "masterx-gateway" and right.kind == "GROUP"}

import pytest

from config.settings import Settings
from local.stack import Stack
from pipeline.admin import Plan, Standing, create, plans, standings
from schemas.topics import ALL, SCHEMAS


def test_every_topic_is_planned_with_its_dead_letters() -> None:
    planned = {plan.name: plan for plan in plans(Settings(partitions=6, replication_factor=3, retention_hours=2))}
    assert set(planned) == {name for topic in ALL for name in (topic.name, topic.dlq)} | {SCHEMAS.name}
    assert (planned[SCHEMAS.name].partitions, planned[SCHEMAS.name].config["cleanup.policy"]) == (1, "compact")
    for topic in ALL:
        plan, letters = planned[topic.name], planned[topic.dlq]
        assert (plan.partitions, plan.replication_factor, letters.replication_factor) == (6, 3, 3)
        assert plan.config["message.timestamp.type"] == letters.config["message.timestamp.type"] == "LogAppendTime"
        assert plan.config["cleanup.policy"] == ("compact" if topic.compacted else "delete")
        assert plan.config.get("retention.ms") == (None if topic.compacted else "7200000")


@pytest.mark.parametrize(
    ("partitions", "config", "differences"),
    [
        (0, {}, ("missing",)),
        (4, {"cleanup.policy": "delete"}, ()),
        (4, {}, ()),
        (3, {"cleanup.policy": "compact"}, ("3 partitions, not 4", "cleanup.policy=compact, not delete")),
    ],
)
def test_a_standing_says_how_it_differs(partitions: int, config: dict[str, str], differences: tuple[str, ...]) -> None:
    plan = Plan("t", 4, 1, {"cleanup.policy": "delete"})
    assert Standing(plan, partitions, config).differences == differences


def test_the_pocket_broker_is_not_asked() -> None:
    assert create(Settings(broker="pocket", kafka_bootstrap="127.0.0.1:1")) == ()


@pytest.mark.kafka
def test_missing_topics_are_made_as_planned_and_others_left_alone(stack: Stack) -> None:
    settings = Settings(kafka_bootstrap=stack.environment()["MASTERX_KAFKA_BOOTSTRAP"])
    create(settings)
    assert create(settings) == ()
    assert [standing.differences for standing in standings(settings)] == [()] * (2 * len(ALL) + 1)

import pytest

from cli import exits
from pipeline.admin import plans
from schemas.topics import ALL, SCHEMAS
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka


def test_a_second_create_makes_nothing(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "create", **services)
    assert (done.code, done.out) == (exits.OK, "")
    assert done.err == f"0 topics created, {2 * len(ALL) + 1} were there\n"


def test_the_list_names_every_topic_and_its_dead_letters(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "list", **services)
    assert done.code == exits.OK
    for topic in ALL:
        assert topic.name in done.out
        assert topic.dlq in done.out
    assert SCHEMAS.name in done.out
    assert done.out.count("as set") == 2 * len(ALL) + 1


def test_a_topic_that_differs_from_the_settings_is_said_and_code_1(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "list", **services, MASTERX_PARTITIONS="9", MASTERX_RETENTION_HOURS="5")
    assert done.code == exits.BAD_RESULT
    assert "8 partitions, not 9" in " ".join(done.out.split())
    assert "topics differ" in done.err


def test_a_narrow_terminal_folds_and_cuts_nothing(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "list", **services, COLUMNS="40")
    assert done.code == exits.OK
    assert max(len(line) for line in done.out.splitlines()) <= 40
    assert "…" not in done.out


@pytest.mark.parametrize("option", [(), ("--check",)])
def test_a_broker_that_checks_no_rights_is_said_and_code_78(
    masterx: Masterx, services: dict[str, str], option: tuple[str, ...]
) -> None:
    done = masterx("topics", "acls", *option, **services)
    assert done.code == exits.BAD_SETTING
    assert "checks no rights: set authorizer.class.name" in done.error


def test_pocket_makes_topics_on_first_use(masterx: Masterx, services: dict[str, str]) -> None:
    done = masterx("topics", "create", **{**services, "MASTERX_BROKER": "pocket"})
    assert done.code == exits.OK
    assert done.err == "the pocket broker makes topics on first use: nothing to create\n"


@pytest.mark.parametrize("command", [("acls",), ("acls", "--check"), ("repartition", "16")])
def test_what_pocket_can_not_do_is_said_at_once(
    masterx: Masterx, services: dict[str, str], command: tuple[str, ...]
) -> None:
    done = masterx("topics", *command, **{**services, "MASTERX_BROKER": "pocket"})
    assert done.code == exits.BAD_SETTING
    assert "needs Apache Kafka" in done.error


def test_every_learner_topic_carries_the_brokers_append_time(services: dict[str, str]) -> None:
    from cli.stack import settings_for

    planned = {plan.name: plan for plan in plans(settings_for(services))}
    assert all(plan.config["message.timestamp.type"] == "LogAppendTime" for plan in planned.values())
    compacted = {name for name, plan in planned.items() if plan.config["cleanup.policy"] == "compact"}
    assert compacted == {"masterx.profiles", "masterx.schemas", "masterx.shared"}

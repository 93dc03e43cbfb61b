"""Who is let in, and what each app's user may do then: asked of a broker with TLS, passwords and access control."""

import dataclasses
import stat
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from cli import exits
from cli.main import run
from cli.stack import settings_for
from config.kafka import librdkafka
from config.settings import Settings, settings
from local.kafka.security import ADMIN
from local.stack import Stack
from pipeline import access
from pipeline.access import Right, user_of
from schemas import topics
from tests.end_to_end.conftest import USERS

pytestmark = [pytest.mark.kafka, pytest.mark.stack]


def masterx(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], *arguments: str
) -> tuple[int, str, str]:
    """Exit code and what was said, on standard output and on standard error."""
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings.cache_clear()
        capsys.readouterr()
        code = run(arguments)
    settings.cache_clear()
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def as_user(stack: Stack, user: str) -> Settings:
    return settings_for({**stack.environment(), **stack.credentials(user)})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"MASTERX_KAFKA_PASSWORD": "wrong"}, "refuses user 'masterx-core': wrong MASTERX_KAFKA_USER"),
        ({"MASTERX_KAFKA_USER": "nobody"}, "refuses user 'nobody'"),
        ({"MASTERX_KAFKA_PASSWORD": ""}, "MASTERX_KAFKA_PASSWORD is missing"),
        ({"MASTERX_KAFKA_CA_FILE": ""}, "can't be verified: set MASTERX_KAFKA_CA_FILE"),
        ({"MASTERX_KAFKA_CA_FILE": "/nowhere/ca.pem"}, "/nowhere/ca.pem: No such file"),
        ({"MASTERX_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "set MASTERX_KAFKA_SECURITY_PROTOCOL"),
    ],
    ids=["password", "user", "no password", "no CA", "CA not there", "plaintext"],
)
def test_a_wrong_or_missing_credential_is_one_line_and_code_78(
    secured: Stack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    change: dict[str, str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    variables = {**secured.environment(), **secured.credentials("masterx-core"), **change}
    wrong_password = "refuses user" in said
    # What runs for long asks before it loads anything.
    for command in (("topics", "list"), *([("worker", "core"), ("gateway",)] if wrong_password else ())):
        code, _, err = masterx(monkeypatch, capsys, variables, *command)
        assert code == exits.BAD_SETTING
        (line,) = err.splitlines()
        assert said in line
        assert not (secured_passwords(secured) & set(line.split()))


def secured_passwords(stack: Stack) -> set[str]:
    return {stack.credentials(user)["MASTERX_KAFKA_PASSWORD"] for user in (ADMIN, *USERS)}


@pytest.mark.parametrize("app", access.PRINCIPALS)
def test_the_broker_lets_each_app_read_and_write_what_its_table_says_and_nothing_more(secured: Stack, app: str) -> None:
    every = [topics.SCHEMAS.name, *(name for topic in topics.ALL for name in (topic.name, topic.dlq))]
    admin = AdminClient(librdkafka(as_user(secured, user_of(app))))
    asked = admin.describe_topics(TopicCollection(every), include_authorized_operations=True, request_timeout=10)
    may: dict[str, set[str]] = {}
    for name, answer in asked.items():
        try:
            may[name] = {operation.name for operation in answer.result().authorized_operations}
        except KafkaException as error:
            assert error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
            may[name] = set()
    wanted = access.ACCESS[app]
    # How other versions write, each may read; what it says there, whoever makes the topics writes.
    reads = {topics.SCHEMAS.name} | {topic.name for topic in wanted.reads}
    writes = {topic.name for topic in wanted.writes | wanted.moves} | {topic.dlq for topic in wanted.refuses}
    assert {name for name, operations in may.items() if "READ" in operations} == reads
    assert {name for name, operations in may.items() if "WRITE" in operations} == writes
    assert set().union(*may.values()) <= {"READ", "WRITE", "DESCRIBE"}


@pytest.mark.parametrize("user", ["masterx-sinks", "stranger"])
def test_what_a_user_may_not_write_does_not_arrive(secured: Stack, user: str) -> None:
    refused: list[KafkaError] = []
    producer = Producer(librdkafka(as_user(secured, user)))
    producer.produce(topics.RESPONSES.name, b"forged", b"a/b", on_delivery=lambda error, _: refused.append(error))
    assert producer.flush(10) == 0
    assert [error.code() for error in refused] == [KafkaError.TOPIC_AUTHORIZATION_FAILED]
    admin = AdminClient(librdkafka(as_user(secured, ADMIN)))
    assert b"forged" not in written(secured, admin)


def written(stack: Stack, admin: AdminClient) -> set[bytes]:
    from cli.kafka import read_through, reader, spans

    consumer = reader(as_user(stack, ADMIN))
    known = {topics.RESPONSES.name: len(admin.list_topics(timeout=10).topics[topics.RESPONSES.name].partitions)}
    found = {record.value() for record in read_through(consumer, spans(consumer, (topics.RESPONSES.name,), known))}
    consumer.close()
    return found


def test_the_gateway_does_not_read_what_learners_wrote(secured: Stack) -> None:
    from cli.kafka import reader

    consumer = reader(as_user(secured, "masterx-gateway"))
    consumer.assign([TopicPartition(topics.MESSAGES.name, 0, 0)])
    # It joins no group either, and is told so first.
    answers = [consumer.poll(20), consumer.poll(20)]
    consumer.close()
    said = {error.code() for answer in answers if answer is not None and (error := answer.error()) is not None}
    assert said == {KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED}


def test_the_command_gives_what_is_missing_and_takes_away_what_nobody_needs(
    secured: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen, variables = as_user(secured, ADMIN), secured.environment()
    lost = next(right for right in access.planned() if right.user == "masterx-gateway")
    surplus = Right("masterx-gateway", "TOPIC", topics.MESSAGES.name, "READ")
    access.revoke(chosen, [lost])
    access.grant(chosen, [surplus])
    code, out, err = masterx(monkeypatch, capsys, variables, "topics", "acls", "--check")
    assert (code, "missing" in out, "not needed" in out) == (exits.BAD_RESULT, True, True)
    assert "1 of them missing, 1 not needed" in err
    assert masterx(monkeypatch, capsys, variables, "topics", "acls")[0] == exits.OK
    assert set(access.standing(chosen)) == {*access.planned(), surplus}
    assert masterx(monkeypatch, capsys, variables, "topics", "acls", "--prune")[0] == exits.OK
    assert access.standing(chosen) == access.planned()
    assert masterx(monkeypatch, capsys, variables, "topics", "acls", "--check")[0] == exits.OK


def test_an_app_can_t_give_itself_rights(
    secured: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    wish = Right("masterx-core", "TOPIC", topics.RESPONSES.name, "WRITE")
    with pytest.raises(KafkaException) as denied:
        access.grant(as_user(secured, "masterx-core"), [wish])
    assert denied.value.args[0].code() == KafkaError.CLUSTER_AUTHORIZATION_FAILED
    variables = {**secured.environment(), **secured.credentials("masterx-core")}
    code, _, err = masterx(monkeypatch, capsys, variables, "topics", "acls")
    assert (code, len(err.splitlines())) == (exits.BAD_SETTING, 1)


def test_nobody_but_the_owner_reads_passwords_and_keys(secured: Stack) -> None:
    private = [secured.directory / "environment.json", secured.directory / "kafka" / "server.properties"]
    private += [secured.directory / "kafka" / "security" / name for name in ("passwords.json", "broker.pem")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_rights_are_a_plan_of_single_topics() -> None:
    rights = access.planned()
    assert {right.user for right in rights} == set(USERS)
    assert {right for right in rights if right.prefix and not right.name.startswith(f"{right.user}-")} == set()
    assert {dataclasses.replace(right, user="") for right in rights if right.kind == "GROUP"} == {
        Right("", "GROUP", user_of(app), "READ") for app in ("core", "routing", "sinks")
    }

"""Makes the topics on the broker, and says how those that are there differ from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from config.kafka import librdkafka
from config.settings import Settings
from pipeline.announce_schemas import announce_schemas
from schemas.topics import ALL, SCHEMAS

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How a topic is to be: its partition count and the configuration that differs from the broker's own."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A planned topic as the broker has it: `partitions` 0 where it does not exist."""

    plan: Plan
    partitions: int
    config: Mapping[str, str]

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not as planned, one phrase each."""
        if not self.partitions:
            return ("missing",)
        found = []
        if self.partitions != self.plan.partitions:
            found.append(f"{self.partitions} partitions, not {self.plan.partitions}")
        for name, value in self.plan.config.items():
            if self.config.get(name, value) != value:
                found.append(f"{name}={self.config[name]}, not {value}")
        return tuple(found)


def plans(settings: Settings) -> tuple[Plan, ...]:
    """Every topic, and behind each of those with events its dead letters."""
    planned = []
    for topic in ALL:
        # The broker's append time is what deadlines and latency count from, whatever a producer's clock says.
        config = {"message.timestamp.type": "LogAppendTime"}
        if topic.compacted:
            config["cleanup.policy"] = "compact"
        else:
            config["cleanup.policy"] = "delete"
            config["retention.ms"] = str(settings.retention_hours * HOUR_MS)
        planned.append(Plan(topic.name, settings.partitions, settings.replication_factor, config))
        dead_letters = {
            "message.timestamp.type": "LogAppendTime",
            "cleanup.policy": "delete",
            "retention.ms": str(settings.retention_hours * HOUR_MS),
        }
        planned.append(Plan(topic.dlq, 1, settings.replication_factor, dead_letters))
    # Read whole by whoever meets a schema that is not theirs: small, and never gone.
    schemas = {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"}
    planned.append(Plan(SCHEMAS.name, 1, settings.replication_factor, schemas))
    return tuple(planned)


def create(settings: Settings, *, timeout: float = 30.0) -> tuple[str, ...]:
    """Create what is missing, and announce this version's schemas; the names created.

    Topics that exist are left as they are.

    Blocks up to `timeout` seconds. Raises `KafkaException`. The pocket broker makes topics on first use and can't be
    asked to: nothing is done for it.
    """
    if settings.broker == "pocket":
        return ()
    admin = _admin(settings)
    known = admin.list_topics(timeout=timeout).topics
    missing = [
        NewTopic(
            plan.name,
            num_partitions=plan.partitions,
            replication_factor=plan.replication_factor,
            config=dict(plan.config),
        )
        for plan in plans(settings)
        if plan.name not in known
    ]
    created = _created(admin, missing, timeout) if missing else ()
    announce_schemas(settings)
    return created


def _created(admin: AdminClient, missing: list[NewTopic], timeout: float) -> tuple[str, ...]:
    created = []
    for name, outcome in admin.create_topics(missing, operation_timeout=timeout).items():
        try:
            outcome.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(name)
    return tuple(created)


def standings(settings: Settings, *, timeout: float = 10.0) -> tuple[Standing, ...]:
    """Each planned topic as the broker has it. Blocks up to `timeout` seconds. Raises `KafkaException`.

    The pocket broker can't tell configurations: only its partition counts are read.
    """
    admin = _admin(settings)
    known = admin.list_topics(timeout=timeout).topics
    planned = plans(settings)
    present = [plan.name for plan in planned if plan.name in known]
    configs: dict[str, dict[str, str]] = {}
    if present and settings.broker != "pocket":
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in present]
        for resource, outcome in admin.describe_configs(resources, request_timeout=timeout).items():
            configs[resource.name] = {name: entry.value for name, entry in outcome.result().items()}
    return tuple(
        Standing(
            plan,
            len(known[plan.name].partitions) if plan.name in known else 0,
            configs.get(plan.name, {}),
        )
        for plan in planned
    )


def _admin(settings: Settings) -> AdminClient:
    return AdminClient(librdkafka(settings))

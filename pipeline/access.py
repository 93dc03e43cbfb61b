"""What each app's Kafka user may do, and no more: from the topics table to access control lists."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from config.kafka import librdkafka
from config.settings import Settings
from pipeline.names import APPS, app_id
from schemas import topics
from schemas.topics import Topic

GATEWAY = "gateway"
PRINCIPALS = (*APPS, GATEWAY)
TIMEOUT_SECONDS = 15.0
AUTHORIZER = "authorizer.class.name"


@dataclass(frozen=True, slots=True)
class Access:
    """The topics that an app reads and writes. One with `group` is a consumer group with changelogs of its own.

    An app that refuses records writes them to the dead letters of what it reads. What lies in a partition that is not
    its learner's, the app writes again to the same topic: `moves`.
    """

    reads: frozenset[Topic]
    writes: frozenset[Topic]
    group: bool = True
    refuses: frozenset[Topic] = field(default_factory=frozenset)
    moves: frozenset[Topic] = field(default_factory=frozenset)


_STORED = frozenset(topics.ALL) - {topics.SHARED, topics.MINUTES}
_CORE = frozenset(
    {
        topics.MESSAGES,
        topics.ATTEMPTS,
        topics.FEEDBACK,
        topics.SIGNALS,
        topics.ENRICHED,
        topics.RESPONSES,
        topics.PROFILES,
        topics.LEARNING_EVENTS,
        topics.MINUTES,
        topics.ERASURES,
    }
)
_ROUTING = frozenset({topics.SCORED, topics.REWARDS, topics.ERASURES})

ACCESS = {
    "core": Access(
        reads=_CORE | {topics.SHARED},
        writes=frozenset(
            {
                topics.ENRICHED,
                topics.SCORED,
                topics.PROFILES,
                topics.INTERVENTIONS,
                topics.REWARDS,
                topics.LEARNING_EVENTS,
                topics.MINUTES,
                topics.AGGREGATES,
                topics.ALERTS,
                topics.SHARED,
            }
        ),
        refuses=_CORE,
        moves=frozenset(topic for topic in _CORE if topic.from_apps),
    ),
    "routing": Access(
        reads=_ROUTING | {topics.SHARED},
        writes=frozenset({topics.RESPONSES, topics.SHARED}),
        refuses=_ROUTING,
    ),
    # It reads dead letters too, to store them.
    "sinks": Access(
        reads=_STORED | {topics.dead_letters(topic) for topic in _STORED}, writes=frozenset(), refuses=_STORED
    ),
    GATEWAY: Access(
        reads=frozenset({topics.RESPONSES, topics.INTERVENTIONS, topics.AGGREGATES, topics.ALERTS, topics.ERASURES}),
        writes=frozenset({topics.MESSAGES, topics.ATTEMPTS, topics.FEEDBACK, topics.SIGNALS}),
        group=False,
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """`user` may do `operation` (READ, WRITE, CREATE) on a topic or group; `prefix`: on all whose names begin so."""

    user: str
    kind: str
    name: str
    operation: str
    prefix: bool = False


def user_of(app: str) -> str:
    """Whom an app logs in as."""
    return app_id(app)


def planned() -> tuple[Right, ...]:
    """Every right that the apps need. Reading or writing a topic lets its user see that it is there."""
    found: set[Right] = set()
    for app, access in ACCESS.items():
        user = user_of(app)
        found |= {Right(user, "TOPIC", topic.name, "READ") for topic in access.reads}
        written = [topic.name for topic in access.writes | access.moves] + [topic.dlq for topic in access.refuses]
        found |= {Right(user, "TOPIC", name, "WRITE") for name in written}
        # Records of another version; what it announces there, whoever makes the topics writes.
        found.add(Right(user, "TOPIC", topics.SCHEMAS.name, "READ"))
        if access.group:
            found.add(Right(user, "GROUP", app_id(app), "READ"))
            if topics.MESSAGES not in access.reads:
                # A worker asks this topic how many partitions there are.
                found.add(Right(user, "TOPIC", topics.MESSAGES.name, "DESCRIBE"))
            # Its tables' changelogs, which it makes itself.
            found |= {
                Right(user, "TOPIC", f"{app_id(app)}-", operation, prefix=True)
                for operation in ("READ", "WRITE", "CREATE")
            }
    return tuple(sorted(found))


def standing(settings: Settings) -> tuple[Right, ...]:
    """The rights that the broker gives to the apps' users now. Raises `KafkaException`."""
    users = {user_of(app) for app in PRINCIPALS}
    return tuple(sorted(right for right in _described(AdminClient(librdkafka(settings))) if right.user in users))


def checks_rights(settings: Settings) -> bool:
    """Whether the broker has an authorizer, as far as it says. Raises `KafkaException`."""
    admin = AdminClient(librdkafka(settings))
    broker = next(iter(admin.list_topics(timeout=TIMEOUT_SECONDS).brokers))
    asked = ConfigResource(ConfigResource.Type.BROKER, str(broker))
    said = admin.describe_configs([asked], request_timeout=TIMEOUT_SECONDS)[asked].result()
    return AUTHORIZER not in said or said[AUTHORIZER].value != ""


def grant(settings: Settings, rights: Iterable[Right]) -> None:
    """Give `rights`; one that is there already stays. Raises `KafkaException`."""
    bindings = [_binding(right, AclBinding) for right in rights]
    if bindings:
        admin = AdminClient(librdkafka(settings))
        for made in admin.create_acls(bindings, request_timeout=TIMEOUT_SECONDS).values():
            made.result()


def revoke(settings: Settings, rights: Iterable[Right]) -> None:
    """Take `rights` away. Raises `KafkaException`."""
    filters = [_binding(right, AclBindingFilter) for right in rights]
    if filters:
        admin = AdminClient(librdkafka(settings))
        for gone in admin.delete_acls(filters, request_timeout=TIMEOUT_SECONDS).values():
            gone.result()


def _described(admin: AdminClient) -> list[Right]:
    every = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ALLOW
    )
    return [
        Right(
            binding.principal.removeprefix("User:"),
            binding.restype.name,
            binding.name,
            binding.operation.name,
            prefix=binding.resource_pattern_type == ResourcePatternType.PREFIXED,
        )
        for binding in admin.describe_acls(every, request_timeout=TIMEOUT_SECONDS).result()
    ]


def _binding(right: Right, kind: Any) -> Any:
    return kind(
        ResourceType[right.kind],
        right.name,
        ResourcePatternType.PREFIXED if right.prefix else ResourcePatternType.LITERAL,
        f"User:{right.user}",
        "*",
        AclOperation[right.operation],
        AclPermissionType.ALLOW,
    )

"""Derived identities: a redelivery makes the same ones."""

import uuid

NAMESPACE = uuid.UUID("6d617374-6572-4878-8000-000000000001")

MAX_ID_CHARS = 256
"""Of a tenant's, a learner's or any other thing's id that apps give."""


def derived(cause: str, *path: str) -> str:
    """The id of what `path` (a stage, then what it made) made of the record with id `cause`."""
    return str(uuid.uuid5(NAMESPACE, "/".join((cause, *path))))


def learner_key(tenant_id: str, learner_id: str) -> bytes:
    """The Kafka key of everything that belongs to a learner."""
    return f"{tenant_id}/{learner_id}".encode()


def can_name(part: str) -> bool:
    """Whether `part` can be a tenant's or a learner's id: then the two can be told apart in a key."""
    return bool(part.strip()) and "/" not in part and part.isprintable() and len(part) <= MAX_ID_CHARS

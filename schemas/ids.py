"""Derived identities: a redelivery makes the same ones."""

import uuid

NAMESPACE = uuid.UUID("6d617374-6572-4878-8000-000000000001")


def derived(cause: str, *path: str) -> str:
    """The id of what `path` (a stage, then what it made) made of the record with id `cause`."""
    return str(uuid.uuid5(NAMESPACE, "/".join((cause, *path))))


def learner_key(tenant_id: str, learner_id: str) -> bytes:
    """The Kafka key of everything that belongs to a learner."""
    return f"{tenant_id}/{learner_id}".encode()

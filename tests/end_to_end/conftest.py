"""A stack whose Kafka and Valkey encrypt, ask for passwords and check rights, with the topics and each app's rights."""

from collections.abc import Iterator

import pytest

from cli.stack import settings_for
from local.stack import Stack
from pipeline import access, admin, redis_access

USERS = tuple(access.user_of(app) for app in access.PRINCIPALS)


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    place, users = tmp_path_factory.mktemp("secured"), (*USERS, "stranger")
    with Stack(place, broker="kafka", users=users, redis_users=redis_access.planned()) as stack:
        settings = settings_for(stack.environment())
        admin.create(settings)
        access.grant(settings, access.planned())
        yield stack

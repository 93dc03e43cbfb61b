"""A stack whose Kafka encrypts, asks for passwords and checks rights, with the topics and each app's rights."""

from collections.abc import Iterator

import pytest

from cli.stack import settings_for
from local.stack import Stack
from pipeline import access, admin

USERS = tuple(access.user_of(app) for app in access.PRINCIPALS)


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("secured"), broker="kafka", users=(*USERS, "stranger")) as stack:
        settings = settings_for(stack.environment())
        admin.create(settings)
        access.grant(settings, access.planned())
        yield stack

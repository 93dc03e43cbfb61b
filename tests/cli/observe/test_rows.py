import uuid

import pytest

from cli.clickhouse import connected
from cli.observe import rows
from cli.observe.receipts import body_of
from cli.stack import settings_for
from schemas.topics import ATTEMPTS, RESPONSES
from tests.cli.explain.test_command import store
from tests.cli.samples import sample

pytestmark = pytest.mark.stack


def test_an_analyst_sees_each_response_once_and_with_its_body(services: dict[str, str], learner: str) -> None:
    tenant, name = learner.split("/")
    response = {
        **sample("TutorResponse"),
        "event_id": str(uuid.uuid4()),
        "response_id": str(uuid.uuid4()),
        "message_id": str(uuid.uuid4()),
        "tenant_id": tenant,
        "learner_id": name,
        "source": "PROVIDER",
        "turn": 3,
    }
    store(services, (RESPONSES, response))
    store(services, (RESPONSES, response))
    with connected(settings_for(services)) as client:
        [row] = rows.responses(client, [tenant])
        assert rows.counts(client, [tenant]) == (1, 0)
        assert rows.responses(client, ["nobody"]) == []
    assert (row.message_id, row.response_id) == (response["message_id"], response["response_id"])
    assert (row.learner, row.turn, row.by_provider) == (learner, 3, True)
    assert row.body == body_of(response["text"], "PROVIDER", response["provider"], response["model"])


def test_attempts_are_counted_by_id(services: dict[str, str], learner: str) -> None:
    tenant, name = learner.split("/")
    attempts = [
        {**sample("Attempt"), "event_id": str(uuid.uuid4()), "tenant_id": tenant, "learner_id": name} for _ in range(2)
    ]
    store(services, *((ATTEMPTS, attempt) for attempt in attempts))
    store(services, (ATTEMPTS, attempts[0]))
    with connected(settings_for(services)) as client:
        assert rows.attempts(client, [tenant]) == {attempt["event_id"]: 1 for attempt in attempts}
        assert rows.counts(client, [tenant]) == (0, 2)

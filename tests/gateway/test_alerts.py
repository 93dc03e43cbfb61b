"""An alert stands until it is cleared, for a gateway that was started after it was raised too."""

import uuid

import pytest

from config.settings import Settings
from gateway.parts import Parts
from pipeline import admin
from schemas.topics import ALERTS
from tests.gateway.school import School, running, until

pytestmark = [pytest.mark.kafka, pytest.mark.stack, pytest.mark.timeout(180)]


def standing(parts: Parts, school: School) -> list[str]:
    shown = parts.figures.of(school.tenant).snapshot(0.0, ["alerts"])["alerts"]
    return [alert["text"] for alert in shown]


async def test_what_was_raised_before_a_gateway_was_started_stands_and_what_was_cleared_does_not(
    settings: Settings,
) -> None:
    admin.create(settings)
    school = School(settings)
    groups = {name: str(uuid.uuid4()) for name in ("a", "b")}
    for name, state in (("a", "raised"), ("b", "raised"), ("a", "cleared")):
        school.write(ALERTS, "any", group_id=groups[name], dimension="tenant", state=state, text=name)
    async with running(settings, gateway_replay_seconds=0.0) as parts:
        await until(lambda: standing(parts, school))
        assert standing(parts, school) == ["b"]

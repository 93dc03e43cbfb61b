import pytest

from config.settings import Settings
from gateway.warehouse import INTERVENTIONS, REWARDS, Row, Warehouse

ID = "6d617374-6572-4878-8000-000000000001"
KINDS = ("frustration_rising", "disengagement", "crisis")


class Stored(Warehouse):
    """An answer, and an intervention of each kind."""

    async def rows(self, sql: str, **parameters: str) -> list[Row]:
        if sql == INTERVENTIONS:
            return [{"kind": kind} for kind in KINDS]
        if sql == REWARDS:
            return []
        return [{"learner_id": "ada", "message_id": ID, "emotion": "", "plan": ""}]


@pytest.mark.parametrize(("learner", "kinds"), [(None, KINDS), ("ada", KINDS[:1])])
async def test_a_learner_is_not_told_what_only_staff_are(learner: str | None, kinds: tuple[str, ...]) -> None:
    found = await Stored(Settings(_env_file=None)).why("school", learner, ID)
    assert tuple(each["kind"] for each in found["interventions"]) == kinds

import pytest

from gateway.figures import COMMON
from tests.gateway.questions import questions, views_of

QUESTIONS = questions()
OF_THE_TENANT = "tenant_id = {tenant:String}"


@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_is_asked_of_a_view_is_asked_of_one_tenant(name: str) -> None:
    asked = QUESTIONS[name]
    views = views_of(asked)
    assert views
    assert asked.count(OF_THE_TENANT) == len(views)


def test_alerts_of_no_tenant_are_those_that_name_none() -> None:
    assert f"(tenant_id = '' AND dimension IN {COMMON})" in QUESTIONS["gateway.ahead.ANOMALIES"]

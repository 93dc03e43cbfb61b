import pytest

from agents.analytics import distinct, quantiles
from agents.analytics.merge import merge
from schemas import codec
from tests.agents.analytics.table import Table, arrivals
from tests.agents.context.events import MINUTE, NOON, attempt, response

START = NOON // MINUTE * MINUTE


def partial(partition: int, learners: range) -> dict[str, object]:
    table = Table(partition=partition)
    events = [response(1, sent_at=START, learner_id=f"l{n}", provider_ms=100.0 * (n + 1)) for n in learners]
    table.run(arrivals("TutorResponse", "responses", events), now=NOON)
    return next(event for event in table.said if event["kind"] == "tenant")


def test_partials_add_up() -> None:
    parts = [partial(0, range(5)), partial(1, range(3, 10))]
    whole = merge(parts)
    assert whole["counts"]["responses"] == 12
    assert whole["sums"]["cost_usd"] == pytest.approx(0.0012)
    assert distinct.estimate(distinct.loads(whole["sketches"]["learners"])) == 10
    assert quantiles.quantile(quantiles.loads(whole["sketches"]["provider_ms"]), 1.0) == pytest.approx(1000, rel=0.02)
    assert (whole["source_partition"], whole["final"]) == (-1, False)
    assert merge(parts[::-1]) == whole
    codec.encode("Aggregate", whole)


def test_refuses_what_does_not_belong_together() -> None:
    one = partial(0, range(2))
    other = Table()
    other.run(arrivals("Attempt", "attempts", [attempt(sent_at=START)]), now=NOON)
    with pytest.raises(ValueError, match="different windows"):
        merge([one, other.said[0]])
    with pytest.raises(ValueError, match="twice"):
        merge([one, one])
    with pytest.raises(ValueError, match="nothing"):
        merge([])

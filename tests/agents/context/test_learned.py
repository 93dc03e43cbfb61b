import pytest

from agents.context.learned import LayersHeard
from agents.context.weights import LayerWeights, key
from agents.profile.behaviour import Behaviour
from schemas.codec import Event


def published(kind: str, statistics: bytes, partition: int = 0) -> Event:
    return {"kind": kind, "source_partition": partition, "statistics": statistics}


def behaviour() -> Behaviour:
    sums = Behaviour()
    sums.add("pace|fractions", 3.0)
    for _ in range(300):
        sums.add(key("plan", "memory", 2.0), 0.9)
        sums.add(key("plan", "memory", 1.0), -0.2)
    return sums


def test_sums_of_layers_move_the_weights_and_nothing_is_published() -> None:
    weights = LayerWeights()
    heard = LayersHeard(weights)
    heard.take(published("behaviour", behaviour().dumps()), (0, 1))
    assert weights.best("plan")["memory"] == 2.0
    heard.done(0, "masterx.messages", 1)
    heard.refused(0, "masterx.messages", 2)
    assert not heard.changed(0)
    assert heard.published(0, 1) == ()
    heard.revoked()
    assert weights.best("plan")["memory"] == 2.0


def test_other_kinds_are_left_alone_and_damaged_sums_are_refused() -> None:
    heard = LayersHeard(LayerWeights())
    heard.take(published("item_difficulty", b"\xff"), (0,))
    with pytest.raises(ValueError, match="UTF-8"):
        heard.take(published("behaviour", b"\xff"), (0,))

"""The simulation runs the rule that the chart gives KEDA."""

import pytest

from benchmarks.scaling.rule import read
from tests.deploy.chart.test_manifests import the


@pytest.mark.parametrize("app", ["core", "routing", "sinks"])
def test_the_rule_is_that_of_the_rendered_chart(app: str) -> None:
    rule, spec = read(app), the("default", "ScaledObject", app)["spec"]
    assert (rule.least, rule.most) == (spec["minReplicaCount"], spec["maxReplicaCount"])
    assert rule.polling_seconds == spec["pollingInterval"]
    by_type = {one["type"]: one["metadata"] for one in spec["triggers"]}
    assert str(rule.lag_threshold) == by_type["kafka"]["lagThreshold"]
    assert str(rule.rate_threshold) == by_type["prometheus"]["threshold"]
    assert f'bound="{rule.bound}"' in by_type["prometheus"]["query"]
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    for direction, given in ((rule.up, behavior["scaleUp"]), (rule.down, behavior["scaleDown"])):
        [policy] = given["policies"]
        assert direction.stabilization_seconds == given["stabilizationWindowSeconds"]
        assert (policy["type"], direction.pods, direction.period_seconds) == (
            "Pods",
            policy["value"],
            policy["periodSeconds"],
        )

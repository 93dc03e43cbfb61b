"""What Helm itself makes of the chart. `make check-chart` does the same for every case and version."""

import os

import pytest

from tests.deploy.chart import render

HELM = render.helm()
# `make check-chart` sets it: there nothing is skipped.
REQUIRED = bool(os.environ.get("MASTERX_REQUIRE_HELM"))
pytestmark = pytest.mark.skipif(
    HELM is None and not REQUIRED, reason="no Helm here: 'make check-chart' builds it with Go and runs this"
)


def test_it_renders_to_what_is_kept() -> None:
    assert HELM is not None
    assert render.render(HELM, "plain") == render.kept("plain").read_text().partition("\n")[2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("core.scaling.max=129", "core.scaling.max (129) is above topics.partitions (128)"),
        ("routing.scaling.min=5", "routing.scaling.min is above routing.scaling.max"),
        ("gateway.auth.jwtKeySecret=", "gateway.auth: set jwtKeySecret, jwks or apiKeysSecret"),
        ("gateway.ingress.enabled=true", "gateway.ingress.host: name the host"),
        ("core.replica=3", "replica"),
    ],
)
def test_what_can_not_work_is_refused(given: str, said: str) -> None:
    assert HELM is not None
    done = render.ask(HELM, "--kube-version", render.NEWEST, "--set", given)
    assert done.returncode != 0
    assert said in done.stderr

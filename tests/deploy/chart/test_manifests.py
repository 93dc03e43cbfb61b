"""What the chart renders to: by schema, and by what it promises of security, stopping and scaling."""

import re
from typing import Any

import pytest
import yaml

from config.settings import Settings
from pipeline.telemetry import metrics
from schemas.topics import BY_NAME
from tests.deploy.chart import render, schemas
from tests.deploy.settings_read import settings_read

BY_CASE = {case: render.parse(render.kept(case).read_text()) for case in render.CASES}
VALUES = yaml.safe_load((render.CHART / "values.yaml").read_text())
WORKLOADS = ("Deployment", "StatefulSet", "Job")
PODS = [(case, one) for case in render.CASES for one in BY_CASE[case] if one["kind"] in WORKLOADS]
SCALED = [one for one in BY_CASE["everything"] if one["kind"] == "ScaledObject"]
SECRET_FIELDS = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
# What each process reads its settings in.
ENTRIES = {
    "core": ["pipeline.worker", "agents.context.agent", "agents.emotion.agent", "agents.profile.agent"],
    "routing": ["pipeline.worker", "agents.routing.agent"],
    "sinks": ["pipeline.worker", "sinks.agent"],
    "gateway": ["gateway.parts", "gateway.server"],
}


def component(manifest: render.Manifest) -> str:
    return str(manifest["metadata"]["labels"]["app.kubernetes.io/component"])


def pod(manifest: render.Manifest) -> dict[str, Any]:
    spec: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return spec


def containers(manifest: render.Manifest) -> list[dict[str, Any]]:
    return [*pod(manifest).get("initContainers", ()), *pod(manifest)["containers"]]


def environment(manifest: render.Manifest) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for container in containers(manifest) for one in container["env"]}


def secret_files(manifest: render.Manifest) -> set[str]:
    sources = [one for volume in pod(manifest)["volumes"] for one in volume.get("projected", {}).get("sources", ())]
    return {item["path"] for source in sources for item in source["secret"]["items"]}


def the(case: str, kind: str, name: str) -> render.Manifest:
    [found] = [one for one in BY_CASE[case] if one["kind"] == kind and component(one) == name]
    return found


def labelled(case: str, kind: str) -> dict[str, render.Manifest]:
    return {component(one): one for one in BY_CASE[case] if one["kind"] == kind}


@pytest.mark.parametrize("case", render.CASES)
def test_what_is_kept_is_of_this_chart(case: str) -> None:
    said = render.kept(case).read_text().partition("\n")[0].rpartition(" ")[2]
    assert said == render.digest(), "the chart has changed: make check-chart RENEW=1"


@pytest.mark.parametrize("version", schemas.VERSIONS)
@pytest.mark.parametrize("case", render.CASES)
def test_every_manifest_is_right_by_schema(case: str, version: str) -> None:
    assert [line for one in BY_CASE[case] for line in schemas.wrong(one, version)] == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("StatefulSet", ("spec", "template", "spec", "terminationGracePeriod"), 60),
        ("PodDisruptionBudget", ("spec", "maxUnavailable"), [1]),
        ("ScaledObject", ("spec", "maxReplicas"), 4),
        ("ScaledObject", ("spec", "pollingInterval"), "often"),
        ("ScaledObject", ("metadata", "label"), "core"),
        ("NetworkPolicy", ("spec", "podSelector", "app"), "core"),
    ],
)
def test_the_schemas_refuse_what_no_cluster_would_take(kind: str, path: tuple[str, ...], value: object) -> None:
    broken = yaml.safe_load(yaml.safe_dump(the("default", kind, "core")))
    place = broken
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert any(path[-1] in line for line in schemas.wrong(broken, render.NEWEST))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lagTreshold": "3"}, "kafka reads no lagTreshold"),
        ({"lagThreshold": 3}, "lagThreshold is no string"),
        ({"consumerGroup": None}, "kafka needs consumerGroup"),
    ],
)
def test_a_trigger_that_keda_would_not_read_is_refused(change: dict[str, object], said: str) -> None:
    broken = yaml.safe_load(yaml.safe_dump(the("default", "ScaledObject", "core")))
    metadata = broken["spec"]["triggers"][0]["metadata"]
    metadata.update(change)
    for name in [name for name, value in metadata.items() if value is None]:
        del metadata[name]
    assert any(said in line for line in schemas.wrong(broken, render.NEWEST))


@pytest.mark.parametrize(("case", "manifest"), PODS, ids=lambda one: one if isinstance(one, str) else component(one))
def test_no_pod_may_more_than_it_needs(case: str, manifest: render.Manifest) -> None:
    spec = pod(manifest)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in containers(manifest):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize(("case", "manifest"), PODS, ids=lambda one: one if isinstance(one, str) else component(one))
def test_secrets_are_files_or_references(case: str, manifest: render.Manifest) -> None:
    given = environment(manifest)
    for name, one in given.items():
        if name.endswith("_KEY") or name.removeprefix("MASTERX_").lower() in SECRET_FIELDS:
            assert "value" not in one and one["valueFrom"]["secretKeyRef"]
    files = {path.removeprefix("masterx_") for path in secret_files(manifest)}
    assert files <= set(Settings.model_fields)
    # A variable wins over the file: both at once would be two truths.
    assert not {f"MASTERX_{name.upper()}" for name in files} & set(given)
    assert given["MASTERX_SECRETS_DIR"]["value"] == "/run/secrets/masterx"


@pytest.mark.parametrize("case", render.CASES)
def test_no_secret_is_in_the_chart(case: str) -> None:
    assert {one["kind"] for one in BY_CASE[case]}.isdisjoint({"Secret", "ConfigMap"})


@pytest.mark.parametrize(("case", "manifest"), PODS, ids=lambda one: one if isinstance(one, str) else component(one))
def test_variables_are_settings_that_there_are(case: str, manifest: render.Manifest) -> None:
    fields = {f"MASTERX_{name.upper()}" for name in Settings.model_fields}
    others = {"MASTERX_SECRETS_DIR", "MASTERX_LOCAL_PROVIDER_URL", "GROQ_API_KEY"}
    given = {name: one["value"] for name, one in environment(manifest).items() if "value" in one}
    assert set(environment(manifest)) <= fields | others
    # And values that they take.
    Settings(_env_file=None, **{n.removeprefix("MASTERX_").lower(): v for n, v in given.items() if n in fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ENTRIES)
def test_addresses_that_a_process_reads_are_given(name: str) -> None:
    manifest = the("everything", "Deployment" if name in ("sinks", "gateway") else "StatefulSet", name)
    given = {one.removeprefix("MASTERX_").lower() for one in environment(manifest)} | {
        path.removeprefix("masterx_") for path in secret_files(manifest)
    }
    addresses = {"kafka_bootstrap", "kafka_user", "kafka_password", "kafka_ca_file", "clickhouse_url",
                 "clickhouse_password", "clickhouse_ca_file", "redis_url", "redis_ca_file"}  # fmt: skip
    wanted = settings_read(*ENTRIES[name]) & addresses
    if name == "routing":
        # Handed to its stage by cli.apps.
        wanted |= {"redis_url", "redis_ca_file"}
    assert wanted and wanted <= given


@pytest.mark.parametrize("manifest", [one for case, one in PODS if case == "everything"], ids=component)
def test_who_signed_a_service_s_certificate_is_known_to_each_pod_that_asks_it(manifest: render.Manifest) -> None:
    given = {name: one.get("value") for name, one in environment(manifest).items()}
    addresses = {"KAFKA": "kafka_bootstrap", "CLICKHOUSE": "clickhouse_url", "REDIS": "redis_url"}
    named = {*given, *(path.upper() for path in secret_files(manifest))}
    asked = [part for part, address in addresses.items() if f"MASTERX_{address.upper()}" in named]
    assert {f"MASTERX_{part}_CA_FILE" for part in asked} == {name for name in given if name.endswith("_CA_FILE")}
    maps = {one["name"]: one["configMap"]["name"] for one in pod(manifest)["volumes"] if "configMap" in one}
    for container in containers(manifest):
        mounted = {one["mountPath"]: maps.get(one["name"]) for one in container["volumeMounts"]}
        for part in asked:
            folder = str(given[f"MASTERX_{part}_CA_FILE"]).rpartition("/")[0]
            assert mounted[folder] == f"{part.lower()}-ca"


@pytest.mark.parametrize("case", render.CASES)
def test_a_worker_is_killed_only_after_its_drain(case: str) -> None:
    for name in ("core", "routing", "sinks"):
        manifest = the(case, "Deployment" if name == "sinks" else "StatefulSet", name)
        drain = float(environment(manifest)["MASTERX_DRAIN_SECONDS"]["value"])
        assert pod(manifest)["terminationGracePeriodSeconds"] >= drain + 5


@pytest.mark.parametrize("name", ["core", "routing", "sinks"])
def test_probes_ask_what_a_worker_answers(name: str) -> None:
    manifest = the("default", "Deployment" if name == "sinks" else "StatefulSet", name)
    [worker] = containers(manifest)
    port = environment(manifest)["MASTERX_METRICS_PORT"]["value"]
    assert worker["ports"] == [{"name": "metrics", "containerPort": int(port)}]
    assert environment(manifest)["MASTERX_METRICS_HOST"]["value"] == "0.0.0.0"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert worker[probe]["httpGet"] == {"path": "/livez", "port": "metrics"}
    starts = worker["startupProbe"]["periodSeconds"] * worker["startupProbe"]["failureThreshold"]
    assert starts >= VALUES["workers"]["startSeconds"]
    # It ends itself before the kernel ends it.
    limit = int(worker["resources"]["limits"]["memory"].removesuffix("Mi"))
    assert 0.8 * limit < int(environment(manifest)["MASTERX_MEMORY_LIMIT_MB"]["value"]) < limit


@pytest.mark.parametrize("name", ["core", "routing"])
def test_tables_are_on_a_volume_of_the_pod_alone(name: str) -> None:
    manifest = the("default", "StatefulSet", name)
    [claim] = manifest["spec"]["volumeClaimTemplates"]
    [worker] = containers(manifest)
    [mount] = [one for one in worker["volumeMounts"] if one["name"] == claim["metadata"]["name"]]
    assert mount["mountPath"] == environment(manifest)["MASTERX_DATA_DIR"]["value"]
    assert pod(manifest)["securityContext"]["fsGroup"] == pod(manifest)["securityContext"]["runAsGroup"]


@pytest.mark.parametrize("scaled", SCALED, ids=component)
def test_a_scaled_object_names_what_there_is(scaled: render.Manifest) -> None:
    target = scaled["spec"]["scaleTargetRef"]
    [found] = [
        one
        for one in BY_CASE["everything"]
        if (one["kind"], one["metadata"]["name"]) == (target["kind"], target["name"])
    ]
    # KEDA says how many: a number in the manifest would fight it at each upgrade.
    assert "replicas" not in found["spec"]
    exposed = {one.name: one for one in metrics.ALL}
    for trigger in scaled["spec"]["triggers"]:
        given = trigger["metadata"]
        if trigger["type"] == "kafka":
            assert given["topic"] in BY_NAME
            assert given["consumerGroup"] == f"masterx-{component(scaled)}"
            assert given["allowIdleConsumers"] == "false"
            assert scaled["spec"]["maxReplicaCount"] <= VALUES["topics"]["partitions"]
            assert trigger["authenticationRef"]["name"] in {
                one["metadata"]["name"] for one in BY_CASE["everything"] if one["kind"] == "TriggerAuthentication"
            }
        else:
            [name] = re.findall(r"\bmasterx_\w+", given["query"])
            assert set(re.findall(r"(\w+)=~?\"", given["query"])) <= set(exposed[name].labels)


@pytest.mark.parametrize("name", ["core", "routing", "sinks"])
def test_thresholds_are_what_a_worker_carries(name: str) -> None:
    own = VALUES[name]["scaling"]
    triggers = the("default", "ScaledObject", name)["spec"]["triggers"]
    lags = {one["metadata"]["topic"]: one["metadata"]["lagThreshold"] for one in triggers if one["type"] == "kafka"}
    assert lags == dict.fromkeys(own["lagTopics"], str(own["messagesPerSecond"] * own["lagSeconds"]))
    [forecast] = [one for one in triggers if one["type"] == "prometheus"]
    assert forecast["metadata"]["threshold"] == str(own["messagesPerSecond"])


def test_disruptions_leave_each_app_a_worker() -> None:
    budgets = labelled("default", "PodDisruptionBudget")
    assert set(budgets) == {"core", "routing", "sinks", "gateway"}
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] < VALUES[name]["scaling"]["min"]
        kind = "StatefulSet" if name in ("core", "routing") else "Deployment"
        assert budget["spec"]["selector"] == the("default", kind, name)["spec"]["selector"]


def test_every_pod_has_a_policy_and_reaches_its_own_services_only() -> None:
    policies = labelled("everything", "NetworkPolicy")
    assert set(policies) == {component(one) for case, one in PODS if case == "everything"}
    ports = {
        name: {port["port"] for rule in one["spec"]["egress"] for port in rule["ports"]} - {53, 4318}
        for name, one in policies.items()
    }
    assert ports == {
        "core": {9093, 8081},
        "routing": {9093, 6379, 8081, 443, 8000},
        "sinks": {9093, 8443, 8081},
        "gateway": {9093, 8443, 6379, 443},
        "forecast": {8443},
        "topics": {9093},
        "migrate": {8443},
    }
    for name, one in policies.items():
        assert one["spec"]["policyTypes"] == ["Ingress", "Egress"]
        reached = {port["port"] for rule in one["spec"]["ingress"] for port in rule["ports"]}
        assert len(reached) == (0 if name in ("topics", "migrate") else 1)


def test_topics_come_before_tables_and_both_before_workers() -> None:
    jobs = labelled("everything", "Job")
    weights = {}
    for name, job in jobs.items():
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        weights[name] = int(job["metadata"]["annotations"]["helm.sh/hook-weight"])
        # Nothing of the release is there when a hook runs.
        assert all(set(volume) & {"emptyDir", "projected", "configMap"} for volume in pod(job)["volumes"])
    assert weights["topics"] < weights["migrate"]
    assert [one["args"] for one in containers(jobs["topics"])] == [["topics", "create"], ["topics", "acls"]]
    assert [one["args"] for one in containers(jobs["migrate"])] == [["migrate"]]
    policies = labelled("everything", "NetworkPolicy")
    for name in jobs:
        assert int(policies[name]["metadata"]["annotations"]["helm.sh/hook-weight"]) < weights[name]

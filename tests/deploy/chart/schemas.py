"""Kubernetes' and KEDA's schemas of the kinds that the chart makes, made strict: an unknown field is an error.

`schemas/` holds an excerpt, without descriptions, so that the tests need neither a network nor 22 MB of schemas.
`make check-chart` takes it from the pinned packages again and compares.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tests.deploy.chart.render import NEWEST, OLDEST, Manifest

EXCERPT = Path(__file__).parent / "schemas"
VERSIONS = (OLDEST, NEWEST)
KINDS = (
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "batch/v1/Job",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy/v1/PodDisruptionBudget",
    "v1/Service",
)
KEDA_KINDS = ("ScaledObject", "TriggerAuthentication")
SCALERS = {"kafka": "kafkaMetadata", "prometheus": "prometheusMetadata"}
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
SAID = ("description", "$id", "$schema")

Schema = dict[str, Any]


def kubernetes(package: Path, version: str) -> Schema:
    """The excerpt of a Kubernetes version from an installed `kubernetes_validate`: kinds, and what they refer to."""
    folder = package / "kubernetes-json-schema" / f"v{version}-local-strict"
    everything = json.loads((folder / "_definitions.json").read_text())["$defs"]
    kinds, wanted = {}, [META]
    for kind in KINDS:
        *group, of, name = kind.split("/")
        file = "-".join([name.lower(), *(part.split(".")[0] for part in group), of])
        kinds[kind] = _plain(json.loads((folder / f"{file}.json").read_text()))
        wanted += _referred(kinds[kind])
    found: dict[str, Schema] = {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _plain(everything[name])
            wanted += _referred(found[name])
    return {"kinds": kinds, "$defs": dict(sorted(found.items()))}


def keda(module: Path) -> Schema:
    """The excerpt of KEDA from its Go module: custom resources, and what its scalers read of a trigger's metadata."""
    kinds = {}
    for kind in KEDA_KINDS:
        file = module / "config" / "crd" / "bases" / f"keda.sh_{kind.lower()}s.yaml"
        [version] = [one for one in yaml.safe_load(file.read_text())["spec"]["versions"] if one["served"]]
        kinds[f"keda.sh/{version['name']}/{kind}"] = _strict(_plain(version["schema"]["openAPIV3Schema"]))
    triggers = {}
    for trigger, struct in SCALERS.items():
        source = (module / "pkg" / "scalers" / f"{trigger}_scaler.go").read_text()
        [fields] = re.findall(rf"^type {struct} struct {{\n(.*?)^}}", source, re.DOTALL | re.MULTILINE)
        tags = re.findall(r"`keda:\"name=([^\"]*)\"`", fields)
        triggers[trigger] = {
            "known": sorted(tag.split(",")[0] for tag in tags if "triggerMetadata" in tag),
            "needed": sorted(tag.split(",")[0] for tag in tags if "optional" not in tag and "default=" not in tag),
        }
    return {"kinds": kinds, "triggers": triggers}


def dumps(excerpt: Schema) -> str:
    """As it is kept."""
    return json.dumps(excerpt, sort_keys=True, separators=(",", ":")) + "\n"


@cache
def kept(name: str) -> Schema:
    """A kept excerpt: `kubernetes-VERSION` or `keda`."""
    excerpt: Schema = json.loads((EXCERPT / f"{name}.json").read_text())
    return excerpt


def wrong(manifest: Manifest, version: str) -> list[str]:
    """What a manifest has against Kubernetes of `version` and KEDA: nothing where it is right."""
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    found = [
        f"{kind} {manifest['metadata']['name']}: {'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _validator(kind, version).iter_errors(manifest)
    ]
    return found + [f"{kind}: {line}" for line in _triggers(manifest)]


@cache
def _validator(kind: str, version: str) -> Draft202012Validator:
    base = kept(f"kubernetes-{version}")
    known = base["kinds"] | kept("keda")["kinds"]
    if kind not in known:
        raise KeyError(f"no schema for {kind}: name it in KINDS and run 'make check-chart RENEW=1'")
    return Draft202012Validator({**known[kind], "$defs": base["$defs"]})


def _triggers(manifest: Manifest) -> Iterator[str]:
    for trigger in manifest["spec"].get("triggers", ()):
        read = kept("keda")["triggers"].get(trigger["type"])
        if read is None:
            yield f"no scaler {trigger['type']} among those looked at"
            continue
        given = trigger["metadata"]
        yield from (f"{trigger['type']} reads no {name}" for name in given.keys() - set(read["known"]))
        yield from (f"{trigger['type']} needs {name}" for name in set(read["needed"]) - given.keys())
        yield from (f"{name} is no string" for name, value in given.items() if not isinstance(value, str))


def _plain(schema: Any) -> Any:
    """Without what is only said about it; references to one document."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for name, value in schema.items():
        if name == "properties":
            # Names of fields, `description` among them.
            made[name] = {field: _plain(one) for field, one in value.items()}
        elif name == "$ref":
            made[name] = "#/$defs/" + value.rpartition("/")[2]
        elif name not in SAID and not name.startswith("x-kubernetes-group"):
            made[name] = _plain(value)
    return made


def _referred(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from _referred(one)
    elif isinstance(schema, dict):
        for name, value in schema.items():
            if name == "$ref" and isinstance(value, str):
                yield value.rpartition("/")[2]
            else:
                yield from _referred(value)


def _strict(schema: Any, field: str = "") -> Any:
    """A custom resource's schema as the API server keeps to it with strict field validation."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if field == "metadata" and set(schema) == {"type"}:
        return {"$ref": f"#/$defs/{META}"}
    made = {
        name: {one: _strict(value, one) for one, value in inner.items()} if name == "properties" else _strict(inner)
        for name, inner in schema.items()
    }
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made

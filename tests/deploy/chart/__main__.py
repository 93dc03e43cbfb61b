"""`python -m tests.deploy.chart`: check the chart whole, with Helm and with schemas from the pinned packages.

Renders every case, for the oldest and the newest Kubernetes, lints, and holds every manifest against the whole of
Kubernetes' and KEDA's schemas. Ends with 1 where anything is wrong, or where what is kept in `rendered/` or `schemas/`
is not of this chart and these packages; `--renew` writes both.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path

from tests.deploy.chart import render, schemas

KEDA = "github.com/kedacore/keda/v2@v2.21.0"
MARK = "# What deploy/helm/masterx renders to, written by `make check-chart RENEW=1`. Digest of the chart:"


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.chart", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="write what is kept")
    parser.add_argument("--go", default="go", help="the Go command, which fetches KEDA's module")
    options = parser.parse_args()
    program, spec = render.helm(), find_spec("kubernetes_validate")
    if program is None or spec is None or spec.origin is None:
        sys.exit("Helm and kubernetes-validate are needed: make check-chart")
    package, module = Path(spec.origin).parent, fetched(options.go)
    excerpts = {f"kubernetes-{one}": schemas.kubernetes(package, one) for one in schemas.VERSIONS}
    excerpts["keda"] = schemas.keda(module)
    found = [*keep(excerpts, options.renew), *lint(program)]
    manifests = 0
    for case in render.CASES:
        for version in schemas.VERSIONS:
            text = render.render(program, case, version)
            if version == render.NEWEST:
                found += keep_rendered(case, text, options.renew)
            for manifest in render.parse(text):
                manifests += 1
                found += schemas.wrong(manifest, version)
                found += whole(manifest, version)
    for line in found:
        print(line, file=sys.stderr)
    kubernetes = version_of("kubernetes-validate")
    print(json.dumps({"manifests": manifests, "wrong": len(found), "kubernetes_validate": kubernetes, "keda": KEDA}))
    return 1 if found else 0


def fetched(go: str) -> Path:
    """KEDA's module on this disk, in the pinned version."""
    done = subprocess.run([go, "mod", "download", "-json", KEDA], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        sys.exit(f"can't fetch {KEDA}: {done.stderr.strip() or done.stdout.strip()}")
    return Path(json.loads(done.stdout)["Dir"])


def lint(program: str) -> Iterator[str]:
    """What Helm's own linter says."""
    done = subprocess.run(
        [program, "lint", "--strict", "--kube-version", render.NEWEST, str(render.CHART)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        yield done.stdout + done.stderr


def whole(manifest: render.Manifest, version: str) -> Iterator[str]:
    """What the whole of Kubernetes' schemas has against a manifest; the excerpt could have left something out."""
    from kubernetes_validate import ValidationError, validate

    if manifest["apiVersion"].startswith("keda.sh/"):
        return
    try:
        validate(manifest, version, strict=True)
    except ValidationError as error:
        yield f"{manifest['kind']} {manifest['metadata']['name']}, Kubernetes {version}: {error.message}"


def keep(excerpts: dict[str, schemas.Schema], renew: bool) -> Iterator[str]:
    """Compare the excerpts with those that are kept, or keep them."""
    for name, excerpt in excerpts.items():
        file, text = schemas.EXCERPT / f"{name}.json", schemas.dumps(excerpt)
        if renew:
            file.write_text(text)
        elif file.read_text() != text:
            yield f"{file} is not what the pinned packages have: make check-chart RENEW=1"


def keep_rendered(case: str, text: str, renew: bool) -> Iterator[str]:
    """Compare what was rendered with what is kept, or keep it."""
    file, whole = render.kept(case), f"{MARK} {render.digest()}\n{text}"
    if renew:
        file.write_text(whole)
    elif not file.exists() or file.read_text() != whole:
        yield f"{file} is not of this chart: make check-chart RENEW=1"


if __name__ == "__main__":
    sys.exit(main())

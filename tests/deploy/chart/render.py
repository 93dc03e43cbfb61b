"""The chart rendered by Helm, and what was rendered before.

What the chart renders to is kept in `rendered/`, so that a machine without Helm can look at it too; a digest of the
chart's files in its first line says whether it is of this chart.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHART = ROOT / "deploy" / "helm" / "masterx"
RENDERED, VALUES = HERE / "rendered", HERE / "values"
CASES = ("default", *sorted(file.stem for file in VALUES.glob("*.yaml")))
OLDEST, NEWEST = "1.30.0", "1.37.0"
HELM_SECONDS = 60

Manifest = dict[str, Any]


def helm() -> str | None:
    """Where Helm is: `make check-chart` puts it into .venv. None where there is none."""
    own = ROOT / ".venv" / "bin" / "helm"
    return str(own) if own.exists() else shutil.which("helm")


def digest() -> str:
    """Of the chart's files and of the values of all cases."""
    files = [*CHART.rglob("*"), *VALUES.glob("*.yaml")]
    total = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def ask(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm's `template` on the chart."""
    command = [program, "template", "masterx", str(CHART), "--namespace", "tutor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=HELM_SECONDS, check=False)


def render(program: str, case: str, version: str = NEWEST) -> str:
    """What Helm makes of the chart with a case's values. Raises `ValueError` with Helm's own words."""
    given: Sequence[str] = () if case == "default" else ("--values", str(VALUES / f"{case}.yaml"))
    done = ask(program, "--kube-version", version, *given)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stdout


def kept(case: str) -> Path:
    """Where a case's manifests are kept."""
    return RENDERED / f"{case}.yaml"


def parse(text: str) -> list[Manifest]:
    """The manifests of a rendered file."""
    return [one for one in yaml.safe_load_all(text) if one]

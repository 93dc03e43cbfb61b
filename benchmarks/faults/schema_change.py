"""A deploy of a next version whose events have a field more, while the topics hold records of this one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.faults.rig import Rig
from benchmarks.faults.watch import Underway

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "cli", "config", "local", "pipeline", "schemas", "sinks")
CHANGED = ("LearnerMessage", "TutorResponse")
FIELD = {"name": "added_later", "type": ["null", "string"], "default": None, "doc": "What the next version adds."}


def next_version(at: Path) -> Path:
    """A copy of the program in `at` whose `CHANGED` events have one more field; the schemas of now are released."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, at / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in CHANGED:
        path = at / "schemas" / f"{name}.avsc"
        schema = json.loads(path.read_text())
        released = at / "schemas" / "released" / "this"
        released.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, released / path.name)
        schema["fields"].append(FIELD)
        path.write_text(json.dumps(schema))
    return at


def announce(rig: Rig, version: Path) -> None:
    """What a deploy of `version` does first: make its topics and tell the other versions how it writes."""
    subprocess.run(
        [sys.executable, "-m", "cli.main", "topics", "create"],
        check=True,
        cwd=rig.directory,
        env={**os.environ, **rig.variables, "PYTHONPATH": str(version)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def require_another_version(run: Underway) -> None:
    """Raise `RuntimeError` where no response of the next version came: then this one ran all the time."""
    if not run.of_another_version:
        raise RuntimeError("no response of the next version came: it did not run")


def deploy(run: Underway) -> None:
    """The three apps replaced one after another, readers before the writer of what they read."""
    copy = next_version(run.rig.directory / "next-version")
    announce(run.rig, copy)
    for share, app in ((0.2, "sinks"), (0.35, "core"), (0.5, "routing")):
        run.until(share)
        run.rig.remove(run.rig.the(app))
        run.rig.add(app, PYTHONPATH=str(copy))
    run.until(0.95)
    require_another_version(run)
    for app in ("routing", "core", "sinks"):
        run.rig.remove(run.rig.the(app))
        run.rig.add(app)

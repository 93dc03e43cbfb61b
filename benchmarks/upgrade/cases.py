"""The upgrades. Each is done to a system that serves learners meanwhile."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient

from benchmarks.faults.rig import APPS
from benchmarks.faults.schema_change import announce, next_version, require_another_version
from benchmarks.faults.watch import Run
from benchmarks.upgrade.versions import copy, with_new_layout
from cli.repartition import read_by, repartition, unread

REST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One upgrade; `do` returns the seconds for which apps had to hold back what learners wrote."""

    name: str
    what: str
    do: Callable[[Run], float]


def _surge(run: Run, apps: tuple[str, ...], **variables: str) -> None:
    """A new worker beside the old one, then the old one told to leave: as a deployment with room for one more does."""
    for app in apps:
        old = run.rig.the(app)
        run.rig.add(app, **variables)
        run.rig.remove(old)


def _announced(run: Run, name: str) -> Path:
    version = next_version(run.rig.directory / name)
    announce(run.rig, version)
    return version


def rolling(run: Run) -> float:
    """Every worker ended and started in place, one after another."""
    run.until(0.1)
    for app in APPS:
        run.rig.the(app).stop()
        run.rig.the(app).start()
    return 0.0


def beside(run: Run) -> float:
    """Workers of a copy of the program share the groups with the old ones, then take over."""
    where = str(copy(run.rig.directory / "beside"))
    run.until(0.1)
    added = [(app, run.rig.the(app), run.rig.add(app, PYTHONPATH=where)) for app in ("core", "routing")]
    run.until(0.5)
    for _, old, _ in added:
        run.rig.remove(old)
    _surge(run, ("sinks",), PYTHONPATH=where)
    return 0.0


def schema(run: Run) -> float:
    """Readers first, then writers, of a version whose events have a field more."""
    where = str(_announced(run, "schema"))
    run.until(0.1)
    _surge(run, ("sinks", "core", "routing"), PYTHONPATH=where)
    run.until(0.95)
    require_another_version(run)
    return 0.0


def layout(run: Run) -> float:
    """Core replaced by a version that keeps profiles in another layout: what it reads it moves."""
    where = str(with_new_layout(run.rig.directory / "layout"))
    run.until(0.3)
    _surge(run, ("core",), PYTHONPATH=where)
    return 0.0


def rollback(run: Run) -> float:
    """Forward to the version with the field more, records of it written, and back, writers first."""
    where = str(_announced(run, "rollback"))
    run.until(0.1)
    _surge(run, ("sinks", "routing"), PYTHONPATH=where)
    run.until(0.5)
    require_another_version(run)
    _surge(run, ("routing", "sinks"))
    return 0.0


def partitions(run: Run) -> float:
    """Twice as many partitions: apps hold back, workers finish and stop, keys are moved, apps go on, workers start."""
    rig = run.rig
    run.until(0.3)
    began = time.monotonic()
    run.pause()
    admin = AdminClient({"bootstrap.servers": rig.settings.kafka_bootstrap, "log_level": 0})
    # Outputs come back as inputs of other apps: sinks, which reads them all, is the last to stop.
    for app in ("core", "routing", "sinks"):
        over = time.monotonic() + REST_SECONDS
        while any(unread(admin, one, read_by(one)) for one in ("core", "routing")) and time.monotonic() < over:
            time.sleep(0.2)
        if app == "sinks":
            while unread(admin, app, read_by(app)) and time.monotonic() < over:
                time.sleep(0.2)
        rig.the(app).stop()
    known = len(admin.list_topics("masterx.messages", timeout=10).topics["masterx.messages"].partitions)
    for _ in repartition(rig.settings, 2 * known):
        pass
    # The topics take records from here on; what waits for the workers to start waits in them.
    held_back = time.monotonic() - began
    run.widen()
    run.resume()
    with ThreadPoolExecutor(max_workers=len(APPS)) as pool:
        for start in [pool.submit(rig.the(app).start) for app in APPS]:
            start.result()
    return held_back


CASES = (
    Case("rolling restart", "each worker ended and started in place, one after another", rolling),
    Case("new version beside the old", "both in the groups for a while, then the old ones leave", beside),
    Case("schema's new version", "sinks, core, routing replaced by a version whose events have a field more", schema),
    Case("rollback", "the same version deployed and taken back, its records still in the topics", rollback),
    Case("table's new layout", "core replaced by a version that keeps profiles in another layout", layout),
    Case("changed partition count", "drain, `masterx topics repartition`, start: twice as many partitions", partitions),
)

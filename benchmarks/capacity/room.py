"""What messages take of disks and memory."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.faults.rig import Rig
from cli.clickhouse import connected
from schemas.topics import ALL

STREAMED = {topic.name for topic in ALL if not topic.compacted}
STORED = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()"


def taken(rig: Rig) -> dict[str, int]:
    """Bytes on disk now: of topics with a retention, of compacted ones and changelogs, of ClickHouse's tables."""
    found = {"topic": 0, "compacted": 0}
    # Segments only: indexes are files of holes.
    for log in (rig.stack.kafka.directory / "data").glob("masterx*-*/*.log"):
        found["topic" if log.parent.name.rpartition("-")[0] in STREAMED else "compacted"] += log.stat().st_size
    with connected(rig.settings) as client:
        return {**found, "clickhouse": int(client.query(STORED).first_row[0] or 0)}


def per_message(before: Mapping[str, int], after: Mapping[str, int], messages: int) -> dict[str, int]:
    """Bytes a message, by what takes them."""
    return {f"{name}_bytes_per_message": round((after[name] - before[name]) / messages) for name in after}


def resident_mb(pids: Mapping[str, int]) -> dict[str, int]:
    """Resident memory by name."""
    found = {}
    for name, pid in pids.items():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found[name] = round(int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024)
    return found

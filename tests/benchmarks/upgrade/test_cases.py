"""The rehearsed versions can be made of today's source, and a row says when it did not hold."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.newer import NewerStateError
from agents.profile.state import ProfileState
from benchmarks.faults.watch import Figures
from benchmarks.upgrade.__main__ import Row
from benchmarks.upgrade.cases import CASES
from benchmarks.upgrade.versions import with_new_layout
from cli.verify import Evidence, Response, Sent, check

NEXT = "import sys; from agents.profile.state import loads; print(loads(bytes.fromhex(sys.argv[1])).dumps().hex())"


def test_the_next_layout_reads_the_one_of_now_and_is_not_read_by_it(tmp_path: Path) -> None:
    from agents.profile.state import loads

    copy = with_new_layout(tmp_path / "next")
    done = subprocess.run(
        [sys.executable, "-c", NEXT, ProfileState(messages=7).dumps().hex()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=True,
    )
    moved = bytes.fromhex(done.stdout.strip())
    assert moved[:8] == b"MXP\x03next"
    with pytest.raises(NewerStateError, match="newer"):
        loads(moved)


@pytest.mark.parametrize(
    ("waited", "held_back", "received", "held"),
    [(900.0, 0.0, True, True), (31_000.0, 0.0, True, False), (900.0, 31.0, True, False), (900.0, 0.0, False, False)],
)
def test_a_row_holds_only_where_all_were_answered_in_time(
    waited: float, held_back: float, received: bool, held: bool
) -> None:
    response = Response("1", "r1", "a/b", "body", by_provider=True)
    seen = [response] if received else []
    verdict = check(Evidence(sent=[Sent("message", "1", "a/b")], received=seen, rows=seen))
    row = Row(CASES[0], Figures(verdict, 0, 0, 0, 0.0, 0, 0.0, {"1": waited}), held_back)
    assert row.held is held

import json
import shutil
from pathlib import Path

import pytest

from cli import exits
from cli.capacity import measured
from cli.exits import Failure
from tests.cli.conftest import Masterx


def test_the_figures_come_with_what_they_were_measured_on(masterx: Masterx) -> None:
    done = masterx("capacity", "--learners", "50000", "--messages-per-day", "500000", COLUMNS="120")
    assert done.code == exits.OK
    assert "workers of core" in done.out
    assert "ClickHouse nodes" in done.out
    assert "measured at" in done.err
    assert "cores" in done.err


def test_json_is_one_object(masterx: Masterx) -> None:
    done = masterx("capacity", "--learners", "1000000", "--json")
    made = json.loads(done.out)
    assert set(made["workers"]) == {"core", "routing", "sinks"}
    assert made["rate"] == pytest.approx(1_000_000 * 10 * 6 / 86_400)


def test_no_learners_is_wrong_usage(masterx: Masterx) -> None:
    done = masterx("capacity", "--learners", "0")
    assert done.code == exits.USAGE
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            ("--learners", "5", option, number)
            for option in ("--messages-per-day", "--peak", "--retention-days", "--ttl-days", "--usd-core-month")
            for number in ("inf", "nan", "1e300")
        ),
        ("--learners", "5", "--utilisation", "nan"),
        ("--learners", "5", "--usd-gib-month", "nan"),
        ("--learners", "5", "--usd-disk-gb-month", "inf"),
        ("--learners", "1" + "0" * 400),
    ],
    ids=lambda wrong: "-".join(wrong[-2:])[:40],
)
def test_what_is_no_number_or_beyond_all_learners_is_wrong_usage(masterx: Masterx, wrong: tuple[str, ...]) -> None:
    done = masterx("capacity", *wrong)
    assert (done.code, done.out, done.err.count("\n")) == (exits.USAGE, "", 1)


def test_the_most_that_may_be_asked_for_has_a_plan(masterx: Masterx) -> None:
    done = masterx("capacity", "--learners", "10000000000", "--messages-per-day", "1e13", "--peak", "86400", "--json")
    assert done.code == exits.OK
    assert json.loads(done.out)["clusters"] > 1


def test_a_missing_measurement_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    for name in ("whole-way", "profile"):
        shutil.copy(measured.HISTORY / f"{name}.jsonl", tmp_path)
    with pytest.raises(Failure, match="make bench-footprint") as failed:
        measured.read(tmp_path)
    assert failed.value.code == exits.NO_INPUT


def test_where_nothing_was_measured_is_said_to_be_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="in a checkout alone") as failed:
        measured.read(tmp_path / "absent")
    assert failed.value.code == exits.NO_INPUT


def test_the_newest_run_counts(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    assert [row["a"] for row in measured.rows("x", tmp_path)] == [2, 1]
    assert measured.cores_of({"machine": "AMD EPYC, 48 cores, 24 GiB"}) == 48

"""The recount of a small file, by hand, and that it notices what differs."""

from pathlib import Path

from benchmarks.analytics.recount import differences, leaves, numbers

HEAD = "epoch_ms,student_id,session_id,concept_id,item_version,outcome,response,end_latency_ms"
ROWS = (
    "1440000000000,s1,one,7,0,CORRECT,mean,4000",
    "1440000001000,s1,one,7,1,INCORRECT,[timeout],12000",
    "1440000002000,s2,one,7,0,STUDY,,-1",
    "1440086400000,s2,two,9,0,CORRECT,mode,6000",
)


def written(folder: Path) -> Path:
    path = folder / "events.csv"
    path.write_text("\n".join([HEAD, *ROWS, ""]))
    return path


def test_a_file_counted_by_hand(tmp_path: Path) -> None:
    found = numbers(written(tmp_path))
    assert found["totals"] == {
        "attempts": 3, "correct": 2, "success": 0.6667, "learners": 2, "concepts": 2, "items": 3, "sessions": 2,
        "hints": 0, "unanswered": 1, "duration_ms": 22000,
        "first_at": "2015-08-19T16:00:00.000", "last_at": "2015-08-20T16:00:00.000",
    }  # fmt: skip
    assert [(row["concept_id"], row["median_ms"]) for row in found["concepts"]] == [("7", 4000), ("9", 6000)]
    assert [row["day"] for row in found["days"]] == ["2015-08-19", "2015-08-20"]


def test_a_number_that_differs_and_one_that_is_missing_are_found(tmp_path: Path) -> None:
    counted = numbers(written(tmp_path))
    assert differences(counted, counted) == {}
    wrong = {**counted, "totals": {**counted["totals"], "correct": 3}, "days": counted["days"][:1]}
    found = differences(wrong, counted)
    assert found.pop("totals.correct") == (3, 2)
    assert set(found) == {f"days[1].{name}" for name in counted["days"][1]}
    assert len(list(leaves(counted))) > 50

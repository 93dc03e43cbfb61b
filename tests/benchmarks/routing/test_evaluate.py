import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import history
from benchmarks.routing import evaluate


def write(path: Path, count: int, start: int = 0) -> None:
    """Sums that the weak model only gets right when they are small; the prompt shows which they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["question_id", "prompt", "weak_correct", "strong_correct", "contaminated"])
        for n in range(start, start + count):
            hard = n % 2
            rows.writerow([n, f"{'carefully integrate' if hard else 'simply add'} number {n}", 1 - hard, 1, 0])


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(history, "HISTORY", tmp_path / "history")

    def run(*arguments: str) -> dict[str, dict[str, float]]:
        monkeypatch.setattr(sys, "argv", ["evaluate", *arguments])
        assert evaluate.main() == 0
        found: dict[str, dict[str, float]] = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        return found

    return run


def test_learnable_difference_is_learned_within_one_folder(figures, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "data/routellm/gsm8k.csv.gz", 80)
    found = figures("--data", str(tmp_path / "data"))
    assert found["gsm8k"]["questions"] == 80
    assert found["gsm8k"]["apgr"] == pytest.approx(found["gsm8k"]["oracle_apgr"], abs=0.01)
    assert found["gsm8k"]["cpt80"] == pytest.approx(0.4, abs=0.01)


def test_other_folder_is_scored_by_what_was_learned_from_the_first(figures, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "train/routellm/gsm8k.csv.gz", 80)
    write(tmp_path / "new/gsm8k.csv.gz", 10, start=100)
    found = figures("--data", str(tmp_path / "new"), "--train", str(tmp_path / "train"))
    assert found["gsm8k"]["questions"] == 10
    assert found["gsm8k"]["apgr"] > 0.7


def test_questions_in_both_folders_are_not_learned_from(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k.csv.gz", 80)
    questions, _ = evaluate.sets_in(tmp_path)["gsm8k"]
    asked = questions.part(np.arange(30))
    ((train, rows),) = evaluate.splits(asked, None, questions)
    assert len(train) == 50
    assert len(rows) == 30


def test_folder_without_sets_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", "--data", str(tmp_path)])
    assert evaluate.main() == 2
    assert "holds neither" in capsys.readouterr().err

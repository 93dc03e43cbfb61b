import csv
import gzip
import json
import sys
from dataclasses import replace
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
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")

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


def test_shared_folder_beside_the_checkout_is_learned_from(figures, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "shared/data/routellm/gsm8k.csv.gz", 80)
    write(tmp_path / "new/gsm8k_new.csv.gz", 30, start=70)
    found = figures("--data", str(tmp_path / "new"))["gsm8k_new"]
    assert (found["questions"], found["learned_from"]) == (30, "another folder")
    assert found["apgr"] > 0.7


def test_shared_folder_itself_is_cut_in_parts(figures, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "shared/data/routellm/gsm8k.csv.gz", 80)
    for folder in ("shared/data", "shared/data/routellm"):
        assert figures("--data", str(tmp_path / folder))["gsm8k"]["learned_from"] == "its other parts"
    # A copy of it leaves nothing to learn from.
    write(tmp_path / "copy/gsm8k.csv.gz", 80)
    assert figures("--data", str(tmp_path / "copy"))["gsm8k"]["learned_from"] == "its other parts"


def test_questions_in_both_folders_are_not_learned_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "gsm8k.csv.gz", 80)
    questions, _ = evaluate.sets_in(tmp_path)["gsm8k"]
    asked = questions.part(np.arange(30))
    asked = replace(asked, prompts=tuple(prompt.upper() + "\r\n" for prompt in asked.prompts))
    train = evaluate.elsewhere(asked, {"gsm8k": questions})
    assert train is not None
    assert len(train) == 50
    assert "gsm8k: 50 questions of gsm8k to learn from, 30 left out" in capsys.readouterr().err


def test_outcomes_of_other_models_are_not_learned_from_and_those_of_the_same_are_put_in_order(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k.csv.gz", 80)
    questions, _ = evaluate.sets_in(tmp_path)["gsm8k"]
    asked = replace(questions.part(np.arange(10)), models=("strong", "weak"))
    train = evaluate.elsewhere(asked, {"gsm8k": questions})
    assert train is not None
    assert train.quality.tolist() == questions.quality[10:, ::-1].tolist()
    assert evaluate.elsewhere(replace(asked, models=("strong", "new")), {"gsm8k": questions}) is None


def test_turns_of_a_conversation_are_judged_by_the_others(tmp_path: Path) -> None:
    rows = ["question_id,turn,prompt,weak_score,strong_score"]
    rows += [f"{n},{turn},turn {turn} of {n},1,9" for n in range(60) for turn in (1, 2)]
    (tmp_path / "mt_bench.csv").write_text("\ufeff" + "\r\n".join(rows))
    questions, _ = evaluate.sets_in(tmp_path)["mt_bench"]
    said, parts = evaluate.splits(questions, None, None)
    assert said == "its other parts"
    for train, judged in parts:
        assert not set(train.keys) & set(questions.part(judged).keys)
    assert sorted(np.concatenate([judged for _, judged in parts])) == list(range(120))


def queries(folder: Path, count: int) -> None:
    """Every tenth query is of the test part; the first test query is in the training part too."""
    folder.mkdir(parents=True)
    prices = {"a": {"input_price": 1, "output_price": 1}, "b": {"input_price": 9, "output_price": 9}}
    (folder / "models.json").write_text(json.dumps(prices))
    lines = [
        {
            "task": "sums",
            "query": f"sum {0 if n == 1 else n}",
            "published_split": "train" if n % 10 else "test",
            "scores": {"a": n % 2, "b": 1},
        }
        for n in range(count)
    ]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")


def test_published_training_part_is_without_what_its_test_part_holds(tmp_path: Path) -> None:
    queries(tmp_path / "llmrouter", 100)
    questions, test = evaluate.sets_in(tmp_path)["llmrouter"]
    said, [(train, judged)] = evaluate.splits(questions, test, None)
    assert said == "its published training part"
    assert (len(train), len(judged)) == (89, 10)


def test_models_that_are_equally_good_have_no_way_between_them(figures, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rows = ["prompt,weak_correct,strong_correct"] + [f"add {n} and {n},1,1" for n in range(60)]
    (tmp_path / "gsm8k.csv").write_text("\n".join(rows))
    found = figures("--data", str(tmp_path))["gsm8k"]
    assert (found["apgr"], found["cpt50"], found["oracle_apgr"]) == (None, None, None)
    assert found["apgr_interval"] == [None, None]


HEAD = b"prompt,weak_correct,strong_correct\n"


@pytest.mark.parametrize(
    ("name", "held", "said"),
    [
        ("gsm8k.csv", HEAD + b"why,1,\n", "row 1 has no number as weak_correct or strong_correct"),
        ("gsm8k.csv", HEAD + b"why\n", "row 1 has no number"),
        ("gsm8k.csv", HEAD + b"why,1,nan\n", "no finite number"),
        ("gsm8k.csv", HEAD, "no rows"),
        ("gsm8k.csv.gz", gzip.compress(HEAD * 9, mtime=0)[:-12], "neither UTF-8 nor whole gzip"),
        ("gsm8k.csv", b"\xff\xfe", "neither UTF-8 nor whole gzip"),
        ("gsm8k.csv", b"a,b\n1,2\n", "needs the columns prompt"),
        ("llmrouter/queries.jsonl", b"{}\n", ":1: no query with a score of each model"),
        ("llmrouter/queries.jsonl", b"not json\n", ":1: no query"),
        ("llmrouter/queries.jsonl", b"\n", "no query with scores of two models"),
    ],
)
def test_what_is_not_in_the_format_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    held: bytes,
    said: str,
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / "llmrouter").mkdir(exist_ok=True)
    (tmp_path / "llmrouter/models.json").write_text("{}")
    (tmp_path / name).write_bytes(held)
    monkeypatch.setattr(sys, "argv", ["evaluate", "--data", str(tmp_path)])
    assert evaluate.main() == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_folder_without_sets_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", "--data", str(tmp_path)])
    assert evaluate.main() == 2
    assert "holds neither" in capsys.readouterr().err

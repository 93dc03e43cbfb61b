import json
from pathlib import Path

import pytest

from benchmarks import history
from benchmarks.emotion import evaluate

ROWS = [
    ("Thank you so much, this helped", 15),
    ("thanks a lot!", 15),
    ("I'm so sorry about that", 24),
    ("haha so funny", 1),
    ("I hate you, idiot", 2),
    ("the train leaves at ten", 27),
    ("he bought three apples and a pear", 27),
]


def test_ends_with_one_line_of_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "HISTORY", tmp_path / "history")
    path = tmp_path / "rows.tsv"
    path.write_text("".join(f"{text}\t{label}\tid{at}\n" for at, (text, label) in enumerate(ROWS)))
    assert evaluate.main(["--data", str(path)]) == 0
    lines = capsys.readouterr().out.strip().split("\n")
    found = json.loads(lines[-1])
    assert list(found) == [
        "macro_f1", "macro_f1_low", "macro_f1_high", "macro_f1_ekman", "macro_f1_sentiment", "ece", "rows",
    ]  # fmt: skip
    assert found["rows"] == len(ROWS)
    assert found["macro_f1_low"] <= found["macro_f1"] <= found["macro_f1_high"]
    (gratitude,) = [line.split() for line in lines if line.startswith("gratitude")]
    assert float(gratitude[5]) == 1.0
    kept = json.loads((tmp_path / "history" / "emotion-eval.jsonl").read_text())
    assert kept["macro_f1"] == found["macro_f1"]


def test_a_file_that_can_not_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--data", "/nowhere/at/all.tsv"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--data" in said

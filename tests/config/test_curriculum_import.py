"""Recorded data's concepts as a curriculum."""

import gzip
from pathlib import Path

import pytest
import yaml

from config.curriculum import load
from config.curriculum_import import main

CLOZE = """concept_id,concept,item_version,item,outcome,correct_answer
7,A mean is an average.,0,A ____ is an average.,CORRECT,mean|sample mean
7,A mean is an average.,0,A ____ is an average.,CORRECT,mean|sample mean
7,A mean is an average.,1,A mean is an ____.,INCORRECT,"average| "
7,A mean is an average.,1,A mean is an ____.,STUDY,average
"""


def imported(kind: str, path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    assert main([kind, str(path)]) == 0
    out = tmp_path / "curriculum.yaml"
    out.write_text(capsys.readouterr().out)
    return out


def test_cloze_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "events.csv.gz"
    source.write_bytes(gzip.compress(CLOZE.encode()))
    curriculum = load(str(imported("statistics-cloze", source, capsys, tmp_path)))
    assert list(curriculum.concepts) == ["7"]
    easy, hard = curriculum.items["7/0"], curriculum.items["7/1"]
    assert easy.accept == ("sample mean",)
    assert easy.difficulty < hard.difficulty


def test_skill_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "skills.tsv"
    source.write_text("skill_id\tskill_name\n1\tArea\n2\tMean\n")
    curriculum = load(str(imported("skill-names", source, capsys, tmp_path)))
    assert {one.id: one.name for one in curriculum.concepts.values()} == {"1": "Area", "2": "Mean"}


def test_skill_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "skill.json"
    source.write_text('{"Area": 1, "Mean": 2}')
    out = imported("skill-json", source, capsys, tmp_path)
    assert [one["id"] for one in yaml.safe_load(out.read_text())["concepts"]] == ["1", "2"]


@pytest.mark.parametrize("kind", ["statistics-cloze", "skill-names", "skill-json"])
def test_what_is_not_in_the_format_is_said_in_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "other.txt"
    source.write_text("nothing\nof the kind\n")
    assert main([kind, str(source)]) == 1
    assert main([kind, str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all(str(tmp_path) in line for line in said)

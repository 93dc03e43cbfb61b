"""The files of named queries."""

from pathlib import Path

import pytest

from sinks.queries import load


def test_the_dashboards_have_twelve_queries() -> None:
    found = load()
    assert len(found) == 12
    learners = [name for name, text in found.items() if "learner_id = {learner:String}" in text]
    windows = [name for name, text in found.items() if "FROM fact_final_windows" in text]
    assert (len(learners), len(windows)) == (4, 8)


def test_a_name_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "double.sql"
    path.write_text("-- name: one\nSELECT 1;\n\n-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match="two queries are named one"):
        load(path)

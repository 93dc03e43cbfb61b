from collections import Counter

import pytest

from cli.screen import table

COLUMNS = ("name", "what it is", "count")
ROWS = (("halves", "a concept of the second year", "12"), ("thirds", "another [bold]one[/bold]", "7"))


@pytest.mark.parametrize("width", ["15", "30", "50", "200"])
def test_no_cell_is_cut_at_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    table(COLUMNS, ROWS, numeric=(False, False, True))
    shown = capsys.readouterr().out
    assert max(len(line) for line in shown.splitlines()) <= int(width)
    assert "…" not in shown
    letters = Counter("".join(shown.split()))
    assert not Counter("".join("".join(cell for row in ROWS for cell in row).split())) - letters


def test_a_wide_terminal_gets_a_row_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    table(COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:1] == ["thirds"] and "another [bold]one[/bold]" in line and "7" in line for line in lines)


def test_a_narrow_one_gets_a_cell_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    table(COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert "name: halves" in lines
    assert "count: 7" in lines
    assert lines.count("") == 1


def test_no_rows_are_a_header(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    table(COLUMNS, ())
    assert "what it is" in capsys.readouterr().out

"""Where the picture goes."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from cli.demo.view import screen, show
from tests.cli.demo import pictures


def console(width: int, height: int, *, terminal: bool) -> Console:
    return Console(width=width, height=height, file=io.StringIO(), force_terminal=terminal, color_system=None)


def test_a_terminal_with_room_gets_the_screen() -> None:
    assert isinstance(show.suited(console(118, 45, terminal=True)), show.OnScreen)


@pytest.mark.parametrize(("width", "height", "terminal"), [(118, 45, False), (60, 45, True), (118, 10, True)])
def test_anything_else_gets_lines(width: int, height: int, terminal: bool) -> None:
    assert isinstance(show.suited(console(width, height, terminal=terminal)), show.InLines)


def test_the_screen_is_drawn_now_and_then_and_stays() -> None:
    to = console(118, 45, terminal=True)
    picture = pictures.full()
    with show.OnScreen(to) as shown:
        shown(picture)
        shown(picture)
    assert isinstance(to.file, io.StringIO)
    assert to.file.getvalue().count("how the class feels") >= 1


def test_a_terminal_made_too_small_gets_a_line() -> None:
    to = console(50, 12, terminal=True)
    with show.OnScreen(to) as shown:
        shown(pictures.full())
    assert isinstance(to.file, io.StringIO)
    assert "messages answered" in to.file.getvalue()
    assert "how the class feels" not in to.file.getvalue()


def test_lines_come_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    picture = pictures.full()
    with show.InLines() as shown:
        for tenth in range(int(show.LINE_EVERY_SECONDS * 20) + 1):
            picture.elapsed = tenth / 10
            shown(picture)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_saved_screen_needs_no_network(tmp_path: Path) -> None:
    path = tmp_path / "new" / "demo.svg"
    show.save(screen.draw(pictures.full(), show.WIDTH, show.HEIGHT), path, "masterx demo", height=show.HEIGHT)
    text = path.read_text()
    assert text.startswith("<svg") and "ClickHouse" in text
    assert not re.search(r"@font-face|url\(\"?https?:", text)

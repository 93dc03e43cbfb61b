"""Where the picture goes while the class is at work: a live screen, plain lines, files."""

import io
import re
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from cli.demo.seen.picture import Picture
from cli.demo.view import lines, screen
from cli.screen import note

REFRESH_SECONDS = 0.25
LINE_EVERY_SECONDS = 5.0
# The size of the pictures for documents.
WIDTH, HEIGHT = 118, 44
# Without rich's fonts from the network: a picture has to look the same off line.
SVG_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code", "DejaVu Sans Mono, Menlo, Consolas"
)


class Show(Protocol):
    """Called with the picture at every tick; decides itself how often it draws."""

    def __call__(self, picture: Picture) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class OnScreen:
    """Redraws a few times a second, in the size that the terminal has at the time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False, vertical_overflow="crop")
        self._drawn = float("-inf")

    def __call__(self, picture: Picture) -> None:
        if picture.now - self._drawn < REFRESH_SECONDS:
            return
        self._drawn = picture.now
        width, height = self._console.size
        # One line less: a screen that is full to the last line scrolls.
        fits = screen.fits(width, height)
        drawn: RenderableType = screen.draw(picture, width, height - 1) if fits else Text(lines.progress(picture))
        self._live.update(drawn, refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


class InLines:
    """A line every few seconds, to standard error."""

    def __init__(self) -> None:
        self._said = 0.0

    def __call__(self, picture: Picture) -> None:
        if picture.elapsed - self._said >= LINE_EVERY_SECONDS:
            self._said = picture.elapsed
            note(lines.progress(picture))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def suited(console: Console) -> Show:
    """The live screen where `console` is a terminal with room for it, else lines."""
    return OnScreen(console) if console.is_terminal and screen.fits(*console.size) else InLines()


def save(drawn: RenderableType, path: Path, title: str, *, height: int | None = None) -> None:
    """Write what a terminal would show as SVG. Makes the folder."""
    console = Console(record=True, width=WIDTH, height=height, file=io.StringIO(), force_terminal=True)
    console.print(drawn)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(console.export_svg(title=title, code_format=SVG_FORMAT), encoding="utf-8")

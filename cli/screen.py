"""What commands print: results to standard output, everything else to standard error."""

import sys
from collections.abc import Iterable, Sequence

NARROWEST_COLUMN = 12


def out(line: str) -> None:
    """A line of the result."""
    print(line, flush=True)


def note(line: str) -> None:
    """A line about the run, not part of the result."""
    print(line, file=sys.stderr, flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[bool] = ()) -> None:
    """A table as wide as the terminal; cells that do not fit are folded, never cut.

    Where columns would get too narrow to be read, each row is a block of `column: cell` lines instead.
    """
    import shutil

    cells = [tuple(row) for row in rows]
    width = shutil.get_terminal_size().columns
    longest = [
        max(len(name), *(len(row[n]) for row in cells)) if cells else len(name) for n, name in enumerate(columns)
    ]
    if sum(longest) + 2 * len(longest) > width and width < NARROWEST_COLUMN * len(columns):
        _blocks(columns, cells, width)
    else:
        _grid(columns, cells, width, numeric)


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    import textwrap

    for number, row in enumerate(rows):
        if number:
            out("")
        for name, cell in zip(columns, row, strict=True):
            for line in textwrap.wrap(f"{name}: {cell}", max(width, 10), subsequent_indent="  "):
                out(line)


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, numeric: Sequence[bool]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        right = bool(numeric) and numeric[index]
        grid.add_column(Text(name), overflow="fold", justify="right" if right else "left")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=width).print(grid)

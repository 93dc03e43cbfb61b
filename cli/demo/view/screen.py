"""The live screen: what is shown at which size."""

from rich.console import RenderableType
from rich.layout import Layout

from cli.demo.seen.picture import Picture
from cli.demo.view import panels

# Below this the demo prints plain lines.
LEAST_WIDTH, LEAST_HEIGHT = 80, 24
# From this height on everything is shown at once, and from this width on whole.
WHOLE_HEIGHT, WHOLE_WIDTH = 34, 110
MIDDLE_ROWS = 9
TURN_SECONDS = 4.0


def fits(width: int, height: int) -> bool:
    """Whether the live screen has room."""
    return width >= LEAST_WIDTH and height >= LEAST_HEIGHT


def draw(picture: Picture, width: int, height: int) -> RenderableType:
    """The screen, `height` lines of `width` columns.

    Where it is too low for all, the upper right panel shows one thing after another.
    """
    layout = Layout(size=height)
    flow_rows = panels.flow_rows(picture)
    upper, middle, lower = Layout(size=flow_rows), Layout(size=MIDDLE_ROWS), Layout()
    whole = height >= WHOLE_HEIGHT
    rows = [Layout(panels.header(picture), size=1), upper, *([middle] if whole else []), lower]
    layout.split_column(*rows)
    right = panels.feelings(picture) if whole else _in_turn(picture, flow_rows, narrow=width < WHOLE_WIDTH)
    upper.split_row(Layout(panels.flow(picture), ratio=6), Layout(right, ratio=5))
    if whole:
        middle.split_row(
            Layout(panels.mastery(picture, MIDDLE_ROWS - 3, narrow=width < WHOLE_WIDTH), ratio=6),
            Layout(panels.interventions(picture, MIDDLE_ROWS - 2), ratio=5),
        )
    left = height - 1 - flow_rows - (MIDDLE_ROWS if whole else 0)
    lower.update(panels.spotlight(picture, left - 2, width))
    return layout


def _in_turn(picture: Picture, rows: int, *, narrow: bool) -> RenderableType:
    which = int(picture.elapsed / TURN_SECONDS) % 3
    if which == 0:
        return panels.feelings(picture)
    if which == 1:
        return panels.mastery(picture, rows - 3, narrow=narrow)
    return panels.interventions(picture, rows - 2)

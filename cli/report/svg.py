"""Pictures as inline SVG: bars and lines, drawn from numbers, with nothing fetched from anywhere."""

from collections.abc import Sequence
from html import escape

WIDTH = 720
LABEL = 200
ROW = 20
HEIGHT = 180
PAD = 36


def bars(rows: Sequence[tuple[str, float, str]], *, full: float | None = None) -> str:
    """A horizontal bar a row: its label, its length (`full` fills the width), and the text behind it."""
    if not rows:
        return "<p>nothing to show</p>"
    most = full if full is not None else max(value for _, value, _ in rows) or 1
    room = WIDTH - LABEL - 90
    parts = []
    for number, (label, value, text) in enumerate(rows):
        top = number * ROW
        length = max(min(value / most, 1.0), 0.0) * room
        parts.append(
            f'<text x="{LABEL - 6}" y="{top + 14}" text-anchor="end">{escape(_short(label))}</text>'
            f'<rect x="{LABEL}" y="{top + 3}" width="{length:.1f}" height="{ROW - 6}"><title>{escape(label)}</title>'
            f'</rect><text x="{LABEL + length + 6:.1f}" y="{top + 14}">{escape(text)}</text>'
        )
    return _picture(len(rows) * ROW, parts)


def line(points: Sequence[tuple[str, float]], *, full: float | None = None) -> str:
    """A line over points that are evenly spaced, each with its label; first and last label stand below."""
    if not points:
        return "<p>nothing to show</p>"
    most = full if full is not None else max(value for _, value in points) or 1
    room, floor = WIDTH - 2 * PAD, HEIGHT - PAD
    step = room / max(len(points) - 1, 1)
    places = [
        (PAD + number * step, floor - value / most * (floor - 12), label, value)
        for number, (label, value) in enumerate(points)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)
    parts = [
        f'<line x1="{PAD}" y1="{floor}" x2="{WIDTH - PAD}" y2="{floor}"/>',
        f'<polyline points="{path}"/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{escape(label)}: {value:g}</title></circle>'
            for x, y, label, value in places
        ),
        f'<text x="{PAD}" y="{HEIGHT - 14}">{escape(points[0][0])}</text>',
        f'<text x="{WIDTH - PAD}" y="{HEIGHT - 14}" text-anchor="end">{escape(points[-1][0])}</text>',
        f'<text x="2" y="16">{most:g}</text>',
    ]
    return _picture(HEIGHT, parts)


def _short(label: str) -> str:
    return label if len(label) <= 28 else f"{label[:13]}…{label[-13:]}"


def _picture(height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">{"".join(parts)}</svg>'

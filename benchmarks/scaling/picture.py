"""Load and workers over some days, as an SVG."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, ROW, LEFT, GAP = 900, 90, 110, 34
COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377")


def draw(load: Sequence[float], pods: Mapping[str, Sequence[int]], title: str, every: int = 10) -> str:
    """`load` in records a second and the pods of each rule, by the minute: a row for each, steps of `every` minutes."""
    rows: list[tuple[str, Sequence[float]]] = [("records/s", load), *pods.items()]
    most_pods = max(max(one) for one in pods.values())
    height = len(rows) * (ROW + GAP) + 40
    parts = [f'<text x="{LEFT}" y="18" class="t">{escape(title)}</text>']
    for place, (name, values) in enumerate(rows):
        top = 30 + place * (ROW + GAP)
        full = max(load) if place == 0 else most_pods
        parts.append(f'<text x="{LEFT - 8}" y="{top + ROW / 2}" class="n">{escape(name)}</text>')
        for value in (0, full):
            y = top + ROW * (1 - value / full)
            parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH}" y2="{y:.1f}" class="g"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + (10 if value else 0):.1f}" class="s">{value:.0f}</text>')
        parts.append(
            f'<polyline points="{_steps(values, full, top, every)}" fill="none" '
            f'stroke="{COLOURS[place % len(COLOURS)]}" stroke-width="1.5"/>'
        )
    days = len(load) // 1440
    for day in range(days):
        x = LEFT + (WIDTH - LEFT) * day * 1440 / len(load)
        parts.append(f'<line x1="{x:.1f}" y1="30" x2="{x:.1f}" y2="{height - 24}" class="g"/>')
        parts.append(f'<text x="{x + 4:.1f}" y="{height - 12}" class="d">day {day + 1}</text>')
    style = (
        "text{font:12px sans-serif;fill:#333}.t{font-weight:bold}.n,.s{text-anchor:end}.s,.d{font-size:10px;fill:#777}"
        ".g{stroke:#ddd}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 10} {height}" width="{WIDTH + 10}" '
        f'height="{height}" role="img"><title>{escape(title)}</title><style>{style}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _steps(values: Sequence[float], full: float, top: float, every: int) -> str:
    points: list[str] = []
    for start in range(0, len(values), every):
        # The most of each step: what is short must be seen.
        y = top + ROW * (1 - max(values[start : start + every]) / full)
        ends = (start, min(start + every, len(values)))
        points += [f"{LEFT + (WIDTH - LEFT) * minute / len(values):.1f},{y:.1f}" for minute in ends]
    return " ".join(points)

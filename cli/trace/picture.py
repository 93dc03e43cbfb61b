"""A trace as a picture: a bar for each span, from when it began to when it ended, under what caused it."""

from collections.abc import Sequence
from html import escape

from cli.trace.spans import Span, depths

WIDTH, LABEL, ROW, TOP, RIGHT = 960, 310, 22, 46, 70
COLOURS = {
    "masterx-gateway": "#4e79a7",
    "masterx-core": "#59a14f",
    "masterx-routing": "#f28e2b",
    "masterx-sinks": "#76448a",
}
OTHER = "#777777"
TICKS = 6


def svg(spans: Sequence[Span]) -> str:
    """The picture of `spans`, of which there is at least one."""
    begin, end = min(span.start for span in spans), max(span.end for span in spans)
    room = WIDTH - LABEL - RIGHT
    scale = room / max(end - begin, 1)
    deep = depths(spans)
    height = TOP + len(spans) * ROW + 12
    parts = [f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *_legend(spans)]
    for tick in range(TICKS + 1):
        x = LABEL + room * tick / TICKS
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 8}" stroke="#dddddd"/>')
        milliseconds = (end - begin) / 1e6 * tick / TICKS
        parts.append(f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{milliseconds:.0f} ms</text>')
    for number, span in enumerate(spans):
        top = TOP + number * ROW
        left, length = LABEL + (span.start - begin) * scale, max((span.end - span.start) * scale, 1.0)
        label = f"{'· ' * deep[span.id]}{_name(span)}"
        colour = "#c0392b" if span.failed else COLOURS.get(span.service, OTHER)
        faint = ' fill-opacity="0.55"' if span.name.startswith("chat ") else ""
        parts.append(f'<text x="6" y="{top + 15}">{escape(label)}</text>')
        parts.append(
            f'<rect x="{left:.1f}" y="{top + 4}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"{faint}>'
            f"<title>{escape(_title(span))}</title></rect>"
        )
        parts += [
            f'<line x1="{LABEL + (at - begin) * scale:.1f}" y1="{top + 2}" x2="{LABEL + (at - begin) * scale:.1f}" '
            f'y2="{top + ROW - 2}" stroke="#222222"><title>{escape(what)}</title></line>'
            for what, at in span.events
        ]
        duration = f"{(span.end - span.start) / 1e6:.1f} ms"
        parts.append(f'<text x="{left + length + 4:.1f}" y="{top + 15}">{duration}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img">{"".join(parts)}</svg>\n'
    )


def _legend(spans: Sequence[Span]) -> list[str]:
    parts = []
    for number, service in enumerate(dict.fromkeys(span.service for span in spans)):
        left = 6 + number * 150
        parts.append(f'<rect x="{left}" y="6" width="12" height="12" fill="{COLOURS.get(service, OTHER)}"/>')
        parts.append(f'<text x="{left + 18}" y="16">{escape(service)}</text>')
    return parts


def _name(span: Span) -> str:
    topic = str(span.attributes.get("messaging.destination.name", "")).removeprefix("masterx.")
    stage, _, verb = span.name.partition(" ")
    return f"{stage}: {topic}" if verb == "process" and topic else span.name


def _title(span: Span) -> str:
    told = [f"{name}={value}" for name, value in sorted(span.attributes.items())]
    return "; ".join([f"{span.service}: {span.name}", *told])

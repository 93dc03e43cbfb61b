"""A report as one self-contained HTML page: sections of text, pictures and tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#1d2733;background:#fff}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;font-size:.9em}
td,th{padding:.15em .7em;border-bottom:1px solid #d8dee6;text-align:right}td:first-child,th:first-child{text-align:left}
svg{max-width:100%;height:auto;font-size:12px}svg rect{fill:#3b76b5}
svg polyline{fill:none;stroke:#3b76b5;stroke-width:2}
svg circle{fill:#3b76b5}svg line{stroke:#9aa7b5}.said{color:#5a6876}
@media (prefers-color-scheme:dark){body{color:#dfe6ee;background:#14191f}td,th{border-color:#364150}
svg text{fill:#dfe6ee}.said{color:#9aa7b5}}
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a line that says what is meant, and ready markup below it."""

    title: str
    said: str
    body: str


def page(title: str, lead: str, sections: Iterable[Section]) -> str:
    """The whole document."""
    parts = [
        f'<section><h2>{escape(section.title)}</h2><p class="said">{escape(section.said)}</p>{section.body}</section>'
        for section in sections
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(lead)}</p>{''.join(parts)}</body></html>\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as a table; None is shown as a dash."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(shown(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def shown(value: object) -> str:
    """A cell's text."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{100 * share:.1f} %"

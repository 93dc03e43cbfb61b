"""Fenced blocks of the documentation's pages, and what SQL in them gave."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client

from docs.generate import table

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(?P<language>[a-z]*)(?: (?P<title>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ASKED = re.compile(
    r"^```sql\n(?P<sql>.*?)^```\n\n<!-- answer -->\n(?P<answer>.*?)<!-- end -->$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `title` is the word behind its language, `line` the line that it begins on."""

    page: str
    line: int
    language: str
    title: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks of `docs/PAGE`, in order."""
    text = (DOCS / page).read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found["language"], found["title"] or "", found["text"])


def block(page: str, title: str) -> str:
    """The text of the block with this title. Raises `ValueError` unless there is exactly one."""
    (only,) = [found.text for found in blocks(page) if found.title == title]
    return only


def answer(client: Client, sql: str) -> str:
    """What `sql` gives, as a Markdown table."""
    result = client.query(sql.strip().rstrip(";"))
    return table(result.column_names, [[_cell(value) for value in row] for row in result.result_rows])


def answered(client: Client, text: str) -> str:
    """A page's text with each marked answer as it is now."""
    return ASKED.sub(
        lambda found: f"```sql\n{found['sql']}```\n\n<!-- answer -->\n{answer(client, found['sql'])}\n<!-- end -->",
        text,
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)

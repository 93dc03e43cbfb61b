"""Every SQL statement of the pages and the README, asked of the real engine."""

import re

import pytest
from clickhouse_connect.driver.client import Client

from tests.docs.blocks import ASKED, DOCS, answer, blocks

PAGES = ["analysts.md", "look-ahead.md", "operators.md"]
STATEMENTS = [
    pytest.param(block.text, id=f"{page}:{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "sql"
]
COMMANDS = [
    pytest.param(sql, id=f"{path.name}-{number}")
    for path in (DOCS.parent / "README.md", DOCS / "analysts.md")
    for number, sql in enumerate(re.findall(r'masterx sql (?:--format \w+ )?"([^"]+)"', path.read_text()), 1)
]
QUESTIONS = [
    pytest.param(found["sql"], found["answer"].strip(), id=re.sub(r"\W+", "-", found["sql"])[:40])
    for found in ASKED.finditer((DOCS / "analysts.md").read_text())
]


@pytest.mark.parametrize("sql", [*STATEMENTS, *COMMANDS])
def test_a_statement_runs(afternoon: Client, sql: str) -> None:
    assert answer(afternoon, sql).startswith("| ")


@pytest.mark.parametrize(("sql", "shown"), QUESTIONS)
def test_what_came_back_is_what_the_page_shows(afternoon: Client, sql: str, shown: str) -> None:
    assert answer(afternoon, sql) == shown, "run python -m tests.docs.answers"


def test_there_are_ten_questions_and_each_finds_something() -> None:
    page = (DOCS / "analysts.md").read_text()
    assert len(re.findall(r"^### \d+\. ", page, flags=re.MULTILINE)) == 10
    assert len(QUESTIONS) == 11  # and the dashboards'
    assert all(len(found["answer"].strip().splitlines()) > 2 for found in ASKED.finditer(page))

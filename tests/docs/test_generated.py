"""What the pages take from the source is what the source says now."""

from pathlib import Path

import pytest

from config.settings import Settings
from docs import generate

PAGES = list(generate.pages())


@pytest.mark.parametrize(("path", "wanted"), PAGES, ids=[path.name for path, _ in PAGES])
def test_a_page_is_as_its_source_says(path: Path, wanted: str) -> None:
    assert path.read_text() == wanted, "run python -m docs.generate"


def test_every_part_is_on_some_page() -> None:
    text = "".join(path.read_text() for path in generate.HERE.glob("*.md"))
    assert {found["name"] for found in generate.PART.finditer(text)} == set(generate.PARTS)


def test_every_setting_is_in_the_table_with_its_default() -> None:
    shown = generate.settings()
    for name in Settings.model_fields:
        assert shown.count(f"| `MASTERX_{name.upper()}` |") == 1
    assert "| `MASTERX_PARTITIONS` | `8` |" in shown


def test_a_setting_that_changed_is_noticed() -> None:
    page = (generate.HERE / "operators.md").read_text()
    old = page.replace("| `MASTERX_PARTITIONS` | `8` |", "| `MASTERX_PARTITIONS` | `4` |")
    assert old != page
    assert generate.refreshed(old) == page


def test_secrets_have_no_default_to_show() -> None:
    assert "| `MASTERX_CLICKHOUSE_PASSWORD` | empty |" in generate.settings()

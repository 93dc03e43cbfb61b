"""docs/dictionary.md is what the schema says."""

import pytest
from clickhouse_connect.driver.client import Client

from config.settings import Settings
from docs import dictionary

pytestmark = pytest.mark.stack


def test_the_page_is_as_the_schema_says(database: Client, settings: Settings) -> None:
    wanted = dictionary.page(database, settings.clickhouse_database)
    assert dictionary.PAGE.read_text() == wanted, "run python -m docs.generate"
    assert "|  |" not in wanted

"""A table that can't be restored ends its worker."""

from typing import Any

import faust
import pytest

from pipeline.table import FaustStates


def test_what_cannot_be_restored_is_told_at_once() -> None:
    told: list[str] = []
    unused: Any = None
    app = faust.App("table-test", store="memory://", broker="kafka://127.0.0.1:1")
    FaustStates(app, "things", 1, unused, unused, lambda error: told.append(str(error)))
    table = app.tables["things"]

    class Full:
        def apply_changelog_batch(self, batch: Any, **_: Any) -> None:
            raise OSError("No space left on device")

    table._data = Full()
    with pytest.raises(OSError, match="No space"):
        table.apply_changelog_batch([])
    assert told == ["No space left on device"]

import uuid
from datetime import datetime
from decimal import Decimal

import orjson

from cli.learner.document import as_json


def test_every_type_of_a_row_has_its_form() -> None:
    row = {
        "id": uuid.UUID(int=7),
        "at": datetime(2024, 5, 1, 10),
        "cost": Decimal("0.000000125"),
        "payload": b"\xff{",
        "scores": {"bored": 0.5},
        "nothing": None,
    }
    assert orjson.loads(as_json(row)) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "at": "2024-05-01T10:00:00Z",
        "cost": "1.25E-7",
        "payload": "\\xff{",
        "scores": {"bored": 0.5},
        "nothing": None,
    }

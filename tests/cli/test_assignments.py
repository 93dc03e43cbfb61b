import pytest

from cli.assignments import assignments
from cli.exits import USAGE, Failure


def test_values_are_json_where_they_can_be_and_text_otherwise() -> None:
    pairs = ["n=3", "flag=true", "none=null", "text=a b", "list=[1]", "equation=x=1", "empty="]
    assert assignments(pairs) == {
        "n": 3,
        "flag": True,
        "none": None,
        "text": "a b",
        "list": [1],
        "equation": "x=1",
        "empty": "",
    }
    assert assignments(None) == {}


@pytest.mark.parametrize("pair", ["text", "=3", ""])
def test_what_is_no_pair_is_wrong_usage(pair: str) -> None:
    with pytest.raises(Failure, match="FIELD=VALUE") as failed:
        assignments([pair])
    assert failed.value.code == USAGE

import pytest

from schemas.tries import all_withheld


@pytest.mark.parametrize(
    ("outcomes", "withheld"),
    [
        ((), False),
        (("open", "skipped"), False),
        (("withheld",), True),
        (("withheld", "open", "withheld"), True),
        (("withheld", "timeout"), False),
    ],
)
def test_all_are_withheld_where_each_call_was(outcomes: tuple[str, ...], withheld: bool) -> None:
    assert all_withheld([{"outcome": outcome} for outcome in outcomes]) is withheld

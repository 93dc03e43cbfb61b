import pytest

from schemas.tries import all_withheld, failed


@pytest.mark.parametrize(
    ("outcomes", "withheld"),
    [
        ((), False),
        (("open", "skipped"), False),
        (("withheld",), True),
        (("withheld", "open", "withheld"), True),
        (("withheld", "timeout"), False),
        (("cancelled", "withheld"), True),
        (("cancelled",), False),
    ],
)
def test_all_are_withheld_where_each_call_was(outcomes: tuple[str, ...], withheld: bool) -> None:
    assert all_withheld([{"outcome": outcome} for outcome in outcomes]) is withheld


def test_what_was_given_up_or_not_called_has_not_failed() -> None:
    outcomes = ("ok", "open", "skipped", "cancelled", "timeout", "withheld")
    assert [one for one in outcomes if failed({"outcome": one})] == ["timeout", "withheld"]

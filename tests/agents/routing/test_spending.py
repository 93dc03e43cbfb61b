import pytest

from agents.routing.spending import Spending


def test_parts_add_up_by_day_and_tenant() -> None:
    one, two = Spending(), Spending()
    one.add(0, 7, "school", 1_500_000)
    two.add(1, 7, "school", 500_000)
    two.add(1, 7, "club", 250_000)
    # Taken twice, a part still counts once.
    one.take_part(1, two.dumps(1))
    one.take_part(1, two.dumps(1))
    assert (one.usd(7, "school"), one.usd(7, "club"), one.usd(7)) == (2.0, 0.25, 2.25)
    assert one.usd(8) == 0.0


def test_days_before_yesterday_are_let_go() -> None:
    spending = Spending()
    for day in range(1, 6):
        spending.add(0, day, "school", 1)
    assert [day for day in range(1, 6) if spending.usd(day)] == [4, 5]
    # Late news of an old day does not bring it back.
    spending.add(0, 1, "school", 1)
    assert spending.usd(1) == 0.0


@pytest.mark.parametrize("stored", [b"", b"[]", b'{"version":2}', b'{"version":1}', b'{"version":1,"days":{"x":{}}}'])
def test_other_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Spending().take_part(0, stored)

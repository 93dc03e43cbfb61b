import pytest

from agents.context.mask import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ada.l+x@school.example.org please", "write to [email] please"),
        ("call me at +49 170 1234567", "call me at [phone]"),
        ("my number is (555) 123-4567.", "my number is [phone]."),
        ("0171 2345678 is mine", "[phone] is mine"),
        ("the card is 4111 1111 1111 1111", "the card is [card]"),
        ("4111111111111111", "[card]"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "12 + 345 = 357",
        "1234567890123",
        "pi is 3.14159265358979",
        "in 2024 there were 1 000 000 of them",
        "3/4 of 120 is 90",
        "100 200 300",
        "x = -12.5",
        "ratio 10:20:30",
    ],
)
def test_leaves_mathematics_alone(text: str) -> None:
    assert mask(text) == text

"""Personal data that no provider needs to see: e-mail addresses, phone numbers and card numbers."""

import re

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
PHONE = re.compile(
    r"(?<![\w.,/+])(?<!\d )(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}"
    r"|\(\d{2,4}\)[ .-]?\d{3,4}[ .-]\d{3,4}|\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]\d{3,8}(?:[ -]\d{2,6})?)(?![\w/])"
)


DIGIT = re.compile(r"\d")
FEWEST_DIGITS = 6
"""The shortest number that `PHONE` or `CARD` takes for one."""


def mask(text: str) -> str:
    """The text with such data replaced by a word in brackets. Card numbers are told from others by their check digit
    (Luhn, ISO/IEC 7812-1)."""
    if "@" in text:
        text = EMAIL.sub("[email]", text)
    if len(DIGIT.findall(text)) < FEWEST_DIGITS:
        return text
    text = CARD.sub(lambda match: "[card]" if _is_card(match.group()) else match.group(), text)
    return PHONE.sub("[phone]", text)


def _is_card(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1

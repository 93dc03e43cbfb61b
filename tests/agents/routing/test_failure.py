import pytest

from agents.routing.failure import ProviderFailure, for_status, without

KEY = "sk-0123456789"


@pytest.mark.parametrize(
    ("key", "text", "left"),
    [
        (KEY, f"HTTP 401: no such key {KEY} ({KEY})", "HTTP 401: no such key *** (***)"),
        # The body was cut off within the key.
        (KEY, "HTTP 401: no such key sk-0123456", "HTTP 401: no such key ***"),
        (KEY, "HTTP 401: no such key", "HTTP 401: no such key"),
        ("none", "none is overloaded", "none is overloaded"),
        ("", "overloaded", "overloaded"),
    ],
)
def test_text_without_the_key(key: str, text: str, left: str) -> None:
    assert without(key, text) == left


@pytest.mark.parametrize(
    ("failure", "headline"),
    [
        (for_status(500, "HTTP 500: can't answer 'I am Ada'"), "HTTP 500"),
        (ProviderFailure("timeout", "no token after 8.0 s"), "no token after 8.0 s"),
    ],
)
def test_headline_holds_nothing_that_the_provider_wrote(failure: ProviderFailure, headline: str) -> None:
    assert failure.headline == headline

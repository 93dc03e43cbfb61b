import pytest
from starlette.datastructures import Headers

from gateway.origins import check, read_origins
from gateway.refusal import Refusal

ALLOWED = read_origins("https://school.example, http://127.0.0.1:3000/")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "tutor.example"},
        {"host": "tutor.example", "origin": "https://tutor.example"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"},
        {"host": "tutor.example", "origin": "https://School.example"},
    ],
)
def test_own_pages_named_pages_and_programs_pass(headers: dict[str, str]) -> None:
    check(Headers(headers), ALLOWED)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "tutor.example", "origin": "https://evil.example"},
        {"host": "tutor.example", "origin": "null"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8081"},
        {"host": "", "origin": "null"},
        {"host": "tutor.example", "origin": "https://school.example.evil"},
        {"origin": ""},
        {"host": "tutor.example", "origin": "http://["},
        {"host": "tutor.example", "origin": "http://[::1"},
    ],
)
def test_other_pages_do_not(headers: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        check(Headers(headers), ALLOWED)
    assert refused.value.status == 403


@pytest.mark.parametrize("text", ["school.example", "https://a.example/path", "ftp://a", "*", "http://["])
def test_what_is_no_origin_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="MASTERX_GATEWAY_ORIGINS"):
        read_origins(text)

import pytest

from schemas.provider_notices import Notice, NoticeError, dumps, loads

OPEN = Notice("groq", "open", 2.0, 3.0, 0.5)


def test_notice_comes_back_as_it_went() -> None:
    assert loads(dumps(OPEN, "w1")) == ("w1", OPEN)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"[]",
        b"{}",
        dumps(OPEN, "w").replace(b'"version":1', b'"version":2'),
        dumps(OPEN, "w").replace(b'"open"', b'"shut"'),
        dumps(OPEN, "w").replace(b"2.0", b"-2.0"),
        dumps(OPEN, "w").replace(b"2.0", b'"nan"'),
        dumps(OPEN, "w").replace(b"2.0", b"null"),
    ],
)
def test_damaged_notice_is_refused(damaged: bytes) -> None:
    with pytest.raises(NoticeError):
        loads(damaged)


def test_what_a_notice_says_after_a_while() -> None:
    assert OPEN.aged(1.0) == Notice("groq", "open", 3.0, 4.0, 0.0)
    assert Notice("groq", "limited", 5.0).aged(2.0) == Notice("groq", "limited", 3.0)
    assert Notice("groq", "limited", 5.0).aged(5.0) is None
    assert Notice("groq", "closed").aged(1.0) is None

import pytest

from benchmarks.gateway.security.table import Table


@pytest.mark.parametrize(
    ("status", "busy", "verdict"),
    [
        (401, False, "refused"),
        (429, False, "refused"),
        ("closed, 1003", False, "refused"),
        ("no answer", False, "let in"),
        (200, False, "let in"),
        (101, False, "let in"),
        (307, False, "let in"),
        (500, False, "server error"),
        (503, False, "server error"),
        (503, True, "refused"),
        (500, True, "server error"),
    ],
)
def test_a_refusal_is_a_refusal_and_nothing_else(status: int | str, busy: bool, verdict: str) -> None:
    table = Table()
    table.refusal("g", "what", "where", status, busy=busy)
    assert table.tries[0].verdict == verdict
    assert bool(table.failed) == (verdict != "refused")


@pytest.mark.parametrize(
    ("status", "seen", "verdict"),
    [
        (200, b'{"risks":[]}', "apart"),
        (200, b"the lighthouse of 1883", "let in"),
        (404, b"not here", "refused"),
        (404, b"no lighthouse here", "let in"),
        (101, b"", "apart"),
        (500, b"", "server error"),
    ],
)
def test_what_is_anothers_must_not_be_in_an_answer(status: int, seen: bytes, verdict: str) -> None:
    table = Table()
    table.foreign("g", "what", "where", status, seen, ("lighthouse",))
    assert table.tries[0].verdict == verdict


def test_a_door_that_is_shut_to_everybody_fails() -> None:
    table = Table()
    table.control("g", "the learner", "where", 403, False)
    assert [each.verdict for each in table.failed] == ["control failed"]
    assert table.figures()["controls_failed"] == 1


def test_places_with_the_same_outcome_share_a_row() -> None:
    table = Table()
    for where in ("GET /a", "GET /b", "GET /c"):
        table.refusal("Tokens", "expired", where, 401)
    table.refusal("Tokens", "expired", "GET /d", 200)
    text = table.markdown({"every GET": frozenset({"GET /a", "GET /b", "GET /c"})})
    assert "| expired | every GET | 3 | 401 | refused |" in text
    assert "| expired | GET /d | 1 | 200 | let in |" in text
    assert table.figures()["tries"] == 4

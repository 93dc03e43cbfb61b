"""The end on paper."""

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from cli.demo.closing import closing, next_steps, problems, said
from cli.demo.result import ByProvider, Kind, ReadBack
from cli.demo.seen.providers import Providers
from cli.verify import Evidence, Sent, Verdict, check
from schemas.topics import RESPONSES
from tests.cli.demo.records import seen

GOOD = check(Evidence([Sent("attempt", "a", "demo/ada")], attempt_rows=Counter({"a": 1})))
BAD = check(Evidence([Sent("message", "m", "demo/ada"), Sent("attempt", "a", "demo/ada")], attempt_rows=Counter(a=2)))
FOUND = ReadBack(
    [Kind("messages", 3, 3, 2), Kind("attempts", 5, 5, 5)], [ByProvider("rehearsal", 2, 350.0, 40.0, 90.0, 0.0)]
)


def printed(found: Any, width: int = 100) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(found)
    return captured.get()


def test_what_is_missing_is_lost() -> None:
    assert [kind.lost for kind in FOUND.kinds] == [1, 0]


def test_all_that_was_read_back_is_there() -> None:
    text = " ".join(printed(closing(FOUND, GOOD, first_answer_s=7.5, narrow=False)).split())
    for part in ("messages", "attempts", "rehearsal", "350 ms", "90 ms", "none lost", "7.5 s after the start"):
        assert part in text


@pytest.mark.parametrize("width", [40, 60, 79])
def test_a_narrow_terminal_gets_less_and_nothing_cut(width: int) -> None:
    text = printed(closing(FOUND, GOOD, first_answer_s=None, narrow=True), width)
    assert "…" not in text and "rehears" in text and "pipeline" not in text
    assert max(len(line) for line in text.splitlines()) <= width


def test_what_is_wrong_is_named() -> None:
    text = said(BAD, None).plain
    assert "1 lost (m)" in text and "1 twice (row a)" in text and "none" not in text


def test_refused_ones_are_told_of() -> None:
    refused = Verdict(1, 0, 0, (), (), (), 1, None, None)
    assert "1 refused" in said(refused, None).plain


def test_failed_calls_are_told_of_with_their_reason() -> None:
    providers = Providers()
    failed = {"provider": "groq", "model": "m", "outcome": "connection", "error": "no route", "elapsed_ms": 1.0}
    providers.note(seen(RESPONSES, provider="offline", tries=[failed, {**failed, "error": None}]))
    assert [line.plain for line in problems(providers)] == ["groq: 2 calls failed, the last with: connection"]


def test_commands_can_be_copied_whole() -> None:
    command = f"masterx sql '{'SELECT 1, ' * 30}'"
    assert f"  {command}" in [line.plain for line in next_steps("Next", [(command, "one")])]

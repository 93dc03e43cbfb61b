"""Plain progress."""

from cli.demo.view.lines import progress
from tests.cli.demo import pictures


def test_one_line_says_how_it_goes() -> None:
    line = progress(pictures.full())
    assert "\n" not in line
    for part in ("10 s", "6 of 7 messages answered", "12 of 12 attempts stored", "confused 72%", "1 interventions"):
        assert part in line


def test_before_the_first_record_nothing_is_made_up() -> None:
    line = progress(pictures.empty())
    assert "0 of 0 messages answered" in line and "mood" not in line and "context -" in line

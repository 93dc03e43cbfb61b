"""The live screen fills its place and no more, at each size, and the reply is always on it."""

import io

import pytest
from rich.console import Console

from cli.demo.seen.picture import Picture
from cli.demo.view.screen import LEAST_HEIGHT, LEAST_WIDTH, TURN_SECONDS, WHOLE_HEIGHT, draw, fits
from tests.cli.demo import pictures


def drawn(picture: Picture, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(draw(picture, width, height))
    return captured.get().rstrip("\n").split("\n")


SIZES = [(80, 23), (80, 40), (100, 30), (118, 45), (200, 60)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("turns", [0, 1, 2, 4])
def test_no_line_is_too_long_and_there_are_no_more_than_fit(width: int, height: int, turns: int) -> None:
    lines = drawn(pictures.full(turns), width, height)
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_stages_and_the_conversation_are_always_there(width: int, height: int) -> None:
    text = "\n".join(drawn(pictures.full(), width, height))
    for part in ("context", "emotion", "routing", "profile", "analytics", "ClickHouse", "rehearsal", "Take one step."):
        assert part in text


def test_all_is_on_a_high_screen() -> None:
    text = "\n".join(drawn(pictures.full(), 118, WHOLE_HEIGHT))
    for part in (
        "how the class feels",
        "mastery",
        "adding-fractions",
        "interventions",
        "A spell of confusion is over.",
    ):
        assert part in text


def test_a_low_screen_shows_one_thing_after_another() -> None:
    picture, seen = pictures.full(), set()
    for turn in range(3):
        picture.elapsed = turn * TURN_SECONDS
        text = "\n".join(drawn(picture, LEAST_WIDTH, LEAST_HEIGHT - 1))
        seen |= {title for title in ("how the class feels", "mastery", "interventions") if title in text}
    assert seen == {"how the class feels", "mastery", "interventions"}


def test_nothing_yet_is_said() -> None:
    text = "\n".join(drawn(pictures.empty(), 118, 45))
    assert "has not written yet" in text and "none yet" in text and "0 of 45 s" in text


def test_small_terminals_do_not_fit() -> None:
    assert fits(LEAST_WIDTH, LEAST_HEIGHT)
    assert not fits(LEAST_WIDTH - 1, 100)
    assert not fits(200, LEAST_HEIGHT - 1)

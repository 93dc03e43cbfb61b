import json
from itertools import pairwise

import pytest

from cli import exits
from tests.cli.conftest import Masterx

pytestmark = pytest.mark.kafka


def test_events_of_a_learner_come_in_order_one_a_line(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    for text in ("one", "two\nlines", "three"):
        masterx("produce", "messages", "--learner", learner, "--text", text, **services)
    masterx("produce", "signals", "--learner", learner, "--kind", "TYPING", **services)
    done = masterx("tail", "--no-follow", "--learner", learner, **services)
    lines = done.out.splitlines()
    assert done.code == exits.OK
    assert all(learner in line for line in lines)
    assert [line.partition(learner)[2].strip() for line in lines] == [
        'wrote "one"',
        'wrote "two lines"',
        'wrote "three"',
        "kind=TYPING",
    ]
    assert all(before[:23] <= after[:23] for before, after in pairwise(lines))


def test_a_limit_ends_it_while_it_follows(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    for text in ("one", "two", "three"):
        masterx("produce", "messages", "--learner", learner, "--text", text, **services)
    done = masterx("tail", "messages", "--from-start", "--learner", learner, "--limit", "2", "--json", **services)
    assert done.code == exits.OK
    assert [json.loads(line)["event"]["text"] for line in done.out.splitlines()] == ["one", "two"]


def test_nothing_that_fits_is_said(masterx: Masterx, services: dict[str, str], learner: str) -> None:
    done = masterx("tail", "feedback", "--no-follow", "--learner", learner, **services)
    assert (done.code, done.out, done.err) == (exits.OK, "", "nothing there that fits\n")


def test_long_texts_are_cut_to_a_line_and_whole_in_json(
    masterx: Masterx, services: dict[str, str], learner: str
) -> None:
    text = "why " * 100
    masterx("produce", "messages", "--learner", learner, "--text", text, **services)
    line = masterx("tail", "messages", "--no-follow", "--learner", learner, **services, COLUMNS="20").out
    assert line.count("\n") == 1
    assert "…" in line
    whole = masterx("tail", "messages", "--no-follow", "--learner", learner, "--json", **services).out
    assert json.loads(whole)["event"]["text"] == text

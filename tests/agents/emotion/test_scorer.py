import math
from functools import lru_cache
from pathlib import Path

import pytest

from agents.emotion.labels import EMOTIONS
from agents.emotion.scorer import ARTEFACT, EmotionScorer, EmotionScores, Mixture, off_scores
from agents.emotion.states import STATES


@lru_cache(maxsize=1)
def scorer() -> EmotionScorer:
    return EmotionScorer.load()


def one(text: str) -> EmotionScores:
    return scorer().score_batch([text])[0]


BAD = {
    "empty": "",
    "spaces": "   \n\t ",
    "100 KB": "word and word " * 7200,
    "100 KB without a space": "x" * 100_000,
    "control characters": "\x00\x01\x02\x1b[31m",
    "lone surrogates": "\ud800\udfff help \udc00",
    "Chinese": "我不明白这个问题",
    "Arabic": "لا أفهم هذا",
    "Hindi": "मुझे समझ नहीं आया",
    "emoji only": "😭😭😭",
    "mathematics": "x^2 + 3x - 4 = 0 => x = 1, x = -4",
    "code": "for i in range(10):\n    print(i ** 2)",
    "combining marks": "e\u0301" * 3000,
    "right-to-left marks": "\u202etxet",
    "marks": "?!?!?!",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_any_text_gives_a_whole_reading(text: str) -> None:
    scores = one(text)
    assert tuple(scores.emotions) == EMOTIONS
    assert tuple(scores.states) == STATES
    values = [*scores.emotions.values(), *scores.states.values(), scores.confidence]
    assert all(math.isfinite(value) and 0.0 <= value <= 1.0 for value in values)
    assert all(-1.0 <= value <= 1.0 for value in (scores.valence, scores.arousal, scores.dominance))


@pytest.mark.parametrize("name", ["empty", "spaces", "control characters", "Chinese", "Arabic", "Hindi", "marks"])
def test_what_can_not_be_read_is_said_to_be_so(name: str) -> None:
    scores = one(BAD[name])
    assert scores.cant_tell
    assert scores.confidence == 0.0
    assert scores.labels == ()


def test_mathematics_alone_says_nothing_about_feelings() -> None:
    assert one(BAD["mathematics"]).cant_tell


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Thank you so much, that helped a lot!", "gratitude"),
        ("I'm so sorry, my fault", "remorse"),
        ("haha that is hilarious", "amusement"),
        ("I love this so much", "love"),
        ("I'm really scared", "fear"),
        ("I'm so confused, I don't understand", "confusion"),
        ("what a fucking idiot, I hate him", "anger"),
    ],
)
def test_plain_feelings_are_read(text: str, label: str) -> None:
    scores = one(text)
    assert label in scores.labels
    assert not scores.cant_tell


def test_emoji_are_read() -> None:
    assert one("😂😂").emotions["amusement"] > one("ok then").emotions["amusement"]


def test_valence_follows_the_feeling() -> None:
    assert one("this is wonderful, I love it").valence > 0.2 > -0.2 > one("this is awful, I hate it").valence


def test_crisis_is_flagged_beside_the_scores() -> None:
    assert one("I want to kill myself").crisis
    assert not one("this exercise is killing me").crisis
    # The models read the ends of a long text, the rules all of it.
    assert one("we add the two numbers. " * 100 + "I want to kill myself. " + "then we divide. " * 100).crisis


def test_a_text_scores_the_same_alone_and_among_others() -> None:
    texts = ["thanks!", "I don't get this at all", "", "a much longer message about fractions " * 5, "我不明白"]
    together = scorer().score_batch(texts)
    for text, scores in zip(texts, together, strict=True):
        assert one(text).emotions == pytest.approx(scores.emotions, abs=1e-4)


def test_the_end_of_a_long_text_counts() -> None:
    filler = "The area of the rectangle is the width times the height. " * 30
    plain, thankful = one(filler), one(filler + "Thank you so much for your help, I am so grateful!")
    assert thankful.emotions["gratitude"] > plain.emotions["gratitude"]


def test_no_texts_no_scores() -> None:
    assert scorer().score_batch([]) == []


def test_turned_off_keeps_only_the_crisis_flag() -> None:
    scores = off_scores(crisis=True)
    assert (scores.emotions, scores.states, scores.model) == ({}, {}, "off")
    assert scores.crisis and scores.cant_tell


def test_a_missing_artefact_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"about\.json"):
        EmotionScorer.load(tmp_path)
    with pytest.raises(ValueError, match="at least one model"):
        Mixture(None, None, 0.5)


def test_the_artefact_is_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in ARTEFACT.iterdir()) <= 30_000_000

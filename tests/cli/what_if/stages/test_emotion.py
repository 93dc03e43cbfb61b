"""The emotion stage once more, as the stage itself goes about it."""

from agents.emotion.trend import fresh
from cli.what_if.program import Program
from cli.what_if.stages.emotion import EmotionStage
from config.settings import Settings
from tests.cli.samples import sample


def test_where_scoring_is_off_what_was_read_before_is_forgotten() -> None:
    stage = EmotionStage(Program(Settings(emotion_off="*"), {}))
    before = fresh() | {"baseline": {"frustrated": 0.8}, "recent": {"frustrated": 0.8}, "spell": "frustration"}
    enriched = sample("EnrichedMessage") | {"text": "and now?"}
    scored, _, after = stage.scored(before, enriched, sample("ScoredMessage")["emotion"])
    assert (scored["emotion"]["baseline"], scored["emotion"]["spell"], after["spell"]) == ({}, None, None)

import asyncio
from collections.abc import Sequence

import pytest

from agents.emotion.batching import MicroBatcher
from agents.emotion.scorer import EmotionScores
from tests.agents.emotion.readings import reading


class Recorder:
    """A scorer that notes its calls and reads each text's valence from the text itself."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[EmotionScores]:
        self.calls.append(list(texts))
        return [reading(valence=float(text)) for text in texts]


@pytest.mark.parametrize("threaded", [False, True])
async def test_texts_that_are_there_share_a_call_and_get_their_own_scores(threaded: bool) -> None:
    score = Recorder()
    batcher = MicroBatcher(score, threaded=threaded)
    found = await asyncio.gather(*(batcher.score(str(number)) for number in range(5)))
    assert [scores.valence for scores in found] == [0, 1, 2, 3, 4]
    assert len(score.calls) == 1


async def test_a_call_is_bounded_and_keeps_the_order() -> None:
    score = Recorder()
    batcher = MicroBatcher(score, max_batch=4)
    await asyncio.gather(*(batcher.score(str(number)) for number in range(10)))
    assert [len(call) for call in score.calls] == [4, 4, 2]
    assert [text for call in score.calls for text in call] == [str(number) for number in range(10)]


async def test_a_full_batch_does_not_wait() -> None:
    batcher = MicroBatcher(Recorder(), max_batch=2, max_wait=3600)
    assert len(await asyncio.gather(batcher.score("1"), batcher.score("2"))) == 2


async def test_one_text_alone_is_scored_and_the_batcher_can_be_used_again() -> None:
    score = Recorder()
    batcher = MicroBatcher(score)
    assert (await batcher.score("1")).valence == 1
    assert (await batcher.score("2")).valence == 2
    assert len(score.calls) == 2


async def test_a_failure_reaches_every_caller_and_the_next_batch_works() -> None:
    score = Recorder()
    batcher = MicroBatcher(score)
    found = await asyncio.gather(batcher.score("no number"), batcher.score("1"), return_exceptions=True)
    assert [type(result) for result in found] == [ValueError, ValueError]
    assert (await batcher.score("3")).valence == 3


async def test_a_caller_that_gave_up_does_not_disturb_the_others() -> None:
    score = Recorder()
    batcher = MicroBatcher(score, max_wait=0.01)
    tasks = [asyncio.create_task(batcher.score(str(number))) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert score.calls == [["0", "2"]]


def test_a_batch_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MicroBatcher(Recorder(), max_batch=0)

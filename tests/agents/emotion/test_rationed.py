"""The encoder's share of the time is kept, and no message goes unread."""

from collections.abc import Sequence

from agents.emotion.rationed import RationedScorer
from agents.emotion.scorer import EmotionScorer, EmotionScores, off_scores


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Model:
    def __init__(self, name: str, clock: Clock, cost: float) -> None:
        self.name, self.clock, self.cost = name, clock, cost

    def score_batch(self, texts: Sequence[str]) -> list[EmotionScores]:
        self.clock.now += self.cost * len(texts)
        return [EmotionScores({}, 0, 0, 0, {}, 0, False, off_scores(False).crisis, self.name) for _ in texts]


def rationed(share: float, burst: float) -> tuple[RationedScorer, Clock]:
    clock = Clock()
    return RationedScorer(Model("full", clock, 0.004), Model("light", clock, 0.0), share, burst, clock), clock


def test_the_full_model_takes_no_more_than_its_share() -> None:
    scorer, clock = rationed(share=0.25, burst=0.02)
    used = []
    while clock.now < 10.0:
        used += [reading.model for reading in scorer.score_batch(["a"])]
        clock.now += 0.001
    # 0.25 of ten seconds at 4 ms a call, and the burst.
    assert 600 <= used.count("full") <= 640
    assert used.count("light") > used.count("full")


def test_a_quiet_worker_uses_the_full_model_alone() -> None:
    scorer, clock = rationed(share=0.25, burst=0.02)
    used = []
    for _ in range(200):
        used += [reading.model for reading in scorer.score_batch(["a"])]
        clock.now += 0.02
    assert set(used) == {"full"}


def test_both_models_that_ship_read_the_same_message_and_say_who_they_are() -> None:
    full, light = EmotionScorer.load(), EmotionScorer.load_light()
    for scorer in (full, light):
        glad, lost = scorer.score_batch(["thank you so much, that was great", "i am confused, what does this mean?"])
        assert "gratitude" in glad.labels
        assert lost.emotions["confusion"] > 0.2
        assert glad.model == scorer.name
    assert full.name != light.name

"""A picture with something in each part."""

from typing import Any

from cli.demo.seen.picture import Picture, Stored
from cli.demo.seen.spotlight import Spotlight
from schemas.topics import ATTEMPTS, ENRICHED, INTERVENTIONS, MESSAGES, PROFILES, RESPONSES, SCORED
from tests.cli.demo.records import concept, reading, seen
from tests.cli.samples import sample

LONG = "I do not see at all how one gets from the one line to the other, and I have tried. " * 3
PLAN = {**sample("ScoredMessage")["plan"], "tone": "calm", "pace": "slower", "reasons": ["confused 0.72"]}


def empty() -> Picture:
    """Before the first record."""
    return Picture("Apache Kafka", "the rehearsal provider", 3, 45.0, Spotlight("ada"), "impatient")


def full(turns: int = 2) -> Picture:
    """After `turns` messages of the learner in the spotlight."""
    picture = empty()
    picture.now, picture.elapsed, picture.messages, picture.answered = 10.0, 9.6, 7, 6
    picture.attempts, picture.stored = 12, Stored(7, 6, 12, 230.0, 480.0)
    for number in range(turns):
        message = f"m{number}"
        common: dict[str, Any] = {"learner_id": "ada", "message_id": message, "at": 9.0}
        picture.note(seen(MESSAGES, text=LONG, appended_ms=1, **common))
        picture.note(seen(ENRICHED, appended_ms=5, **common))
        emotion = reading(states={"confused": 0.72, "engaged": 0.3}, emotions={"confusion": 0.6, "curiosity": 0.2})
        picture.note(seen(SCORED, text=LONG, emotion=emotion, plan=PLAN, appended_ms=9, **common))
        picture.note(
            seen(RESPONSES, text="Take one step.", message_text=LONG, provider="rehearsal", appended_ms=400, **common)
        )
        picture.note(
            seen(ATTEMPTS, learner_id="ada", concept_id="adding-fractions", item_id="adf-1", correct=True, at=9.0)
        )
        picture.note(
            seen(PROFILES, learner_id="ada", revision=number, concepts=[concept("adding-fractions", 0.5)], at=9.0)
        )
    picture.note(seen(INTERVENTIONS, learner_id="ada", kind="recovery", text="A spell of confusion is over.", at=9.0))
    return picture

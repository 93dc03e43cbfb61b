"""One learner's conversation: each reply with its reasons, and what followed it."""

from cli.demo.seen.spotlight import TURNS, Spotlight
from schemas.topics import ATTEMPTS, INTERVENTIONS, MESSAGES, PROFILES, RESPONSES, SCORED
from tests.cli.demo.records import concept, reading, seen
from tests.cli.samples import sample

PLAN = {**sample("ScoredMessage")["plan"], "tone": "calm", "pace": "slower", "reasons": ["frustrated 0.80"]}
CALM = {**PLAN, "acknowledge": True, "smaller_steps": True, "suggest_break": False, "challenge": False}
STATES = {"frustrated": 0.8, "bored": 0.1}


def spotlight(*, answered: bool = True) -> Spotlight:
    light = Spotlight("ada")
    light.note(seen(MESSAGES, learner_id="ada", message_id="m1", text="I'm stuck"))
    emotion = reading(states=STATES, emotions={"annoyance": 0.6}, valence=-0.5, spell="frustration", spell_messages=2)
    light.note(seen(SCORED, learner_id="ada", message_id="m1", text="I'm stuck", emotion=emotion, plan=CALM))
    if answered:
        light.note(seen(RESPONSES, learner_id="ada", message_id="m1", text="One step.", provider="rehearsal"))
    return light


def test_a_turn_holds_the_message_the_reasons_and_the_reply() -> None:
    (turn,) = spotlight().turns
    assert (turn.wrote, turn.reply) == ("I'm stuck", "One step.")
    assert "frustrated 0.80" in turn.felt and "frustration for 2 messages" in turn.felt
    assert turn.plan == "tone calm, pace slower, acknowledge, smaller steps because frustrated 0.80"
    assert "of 1 tokens" in turn.prompt and "1 pieces" in turn.prompt
    assert turn.provider.startswith("rehearsal in ")


def test_what_follows_belongs_to_the_last_answered_turn() -> None:
    light = spotlight()
    light.note(seen(PROFILES, learner_id="ada", concepts=[concept("ratio", 0.4)]))
    light.note(seen(ATTEMPTS, learner_id="ada", concept_id="ratio", item_id="rat-1", correct=False, answer="7"))
    light.note(seen(PROFILES, learner_id="ada", concepts=[concept("ratio", 0.3)]))
    light.note(seen(INTERVENTIONS, learner_id="ada", text="Next: an example"))
    light.note(seen(MESSAGES, learner_id="ada", message_id="m2", text="still stuck"))
    assert light.turns[0].then == ["wrong (7) on rat-1", "chance on ratio 0.40 → 0.30", "Next: an example"]
    assert light.turns[1].then == []


def test_others_are_not_shown() -> None:
    light = spotlight()
    light.note(seen(MESSAGES, learner_id="ben", message_id="m9"))
    assert [turn.message_id for turn in light.turns] == ["m1"]


def test_an_unreadable_text_says_so() -> None:
    light = Spotlight("ada")
    light.note(seen(SCORED, learner_id="ada", message_id="m1", emotion=reading(cant_tell=True)))
    assert light.turns[0].felt == "the text does not allow a reading"


def test_only_the_last_turns_are_kept() -> None:
    light = Spotlight("ada")
    for number in range(TURNS + 3):
        light.note(seen(MESSAGES, learner_id="ada", message_id=f"m{number}", text=str(number)))
    assert [turn.wrote for turn in light.turns] == [str(number) for number in range(3, TURNS + 3)]

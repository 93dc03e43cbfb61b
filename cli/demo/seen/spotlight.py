"""One learner's conversation, with the reasons behind each reply."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.demo.seen.record import Seen
from schemas.codec import Event
from schemas.topics import ATTEMPTS, INTERVENTIONS, MESSAGES, PROFILES, RESPONSES, SCORED

TURNS = 4
TOP = 3


@dataclass(slots=True)
class Turn:
    """A message and all that came of it; fields are empty until their record was seen."""

    message_id: str
    wrote: str
    felt: str = ""
    plan: str = ""
    prompt: str = ""
    provider: str = ""
    reply: str = ""
    then: list[str] = field(default_factory=list)


class Spotlight:
    """Follows `learner`."""

    def __init__(self, learner: str) -> None:
        self.learner = learner
        self.turns: deque[Turn] = deque(maxlen=TURNS)
        self._chances: dict[str, float] = {}
        self._attempted = ""

    def note(self, seen: Seen) -> None:
        """Take in a record of the learner; others' are ignored."""
        event = seen.event
        if event.get("learner_id") != self.learner:
            return
        if seen.topic == MESSAGES.name:
            self._turn(event["message_id"], event["text"])
        elif seen.topic == SCORED.name:
            turn = self._turn(event["message_id"], event["text"])
            turn.felt, turn.plan = felt(event["emotion"]), planned(event["plan"])
        elif seen.topic == RESPONSES.name:
            turn = self._turn(event["message_id"], event["message_text"])
            turn.prompt, turn.provider, turn.reply = prompted(event), provided(event), event["text"]
        elif seen.topic == ATTEMPTS.name:
            outcome = "right" if event["correct"] else f"wrong ({event['answer']})"
            self._attempted = event["concept_id"]
            self._then(f"{outcome} on {event['item_id']}")
        elif seen.topic == PROFILES.name:
            self._moved(event)
        elif seen.topic == INTERVENTIONS.name:
            self._then(event["text"])

    def _turn(self, message_id: str, text: str) -> Turn:
        for turn in self.turns:
            if turn.message_id == message_id:
                return turn
        turn = Turn(message_id, text)
        self.turns.append(turn)
        return turn

    def _then(self, line: str) -> None:
        # What follows belongs to the latest reply, not to a message that still waits for one.
        answered = [turn for turn in self.turns if turn.reply]
        if answered and line not in answered[-1].then:
            answered[-1].then.append(line)

    def _moved(self, profile: Event) -> None:
        chances = {concept["concept_id"]: concept["p_correct"] for concept in profile["concepts"]}
        name = self._attempted
        before, now = self._chances.get(name), chances.get(name)
        if before is not None and now is not None and abs(now - before) >= 0.01:
            self._then(f"chance on {name} {before:.2f} → {now:.2f}")
        self._chances = chances


def felt(emotion: Event) -> str:
    """The strongest states and emotions of a reading."""
    if emotion["cant_tell"]:
        return "the text does not allow a reading"
    count = emotion["spell_messages"]
    spell = f"; {emotion['spell']} for {count} message{'s' if count != 1 else ''}" if emotion["spell"] else ""
    return f"{_top(emotion['states'])}; {_top(emotion['emotions'])}; valence {emotion['valence']:+.2f}{spell}"


def planned(plan: Event) -> str:
    """What the reply is to do, and why."""
    wanted = [
        name.replace("_", " ") for name in ("acknowledge", "smaller_steps", "suggest_break", "challenge") if plan[name]
    ]
    because = f" because {', '.join(plan['reasons'])}" if plan["reasons"] else ""
    return ", ".join([f"tone {plan['tone']}", f"pace {plan['pace']}", *wanted]) + because


def prompted(response: Event) -> str:
    """What the provider was shown."""
    pieces = response["prompt"]
    shown = [piece for piece in pieces if piece["included"]]
    layers = sorted({piece["layer"] for piece in shown})
    return (
        f"{len(shown)} of {len(pieces)} pieces ({', '.join(layers)}), "
        f"{response['prompt_tokens']} of {response['prompt_budget']} tokens"
    )


def provided(response: Event) -> str:
    """Who answered, by which policy, and how long it took."""
    decision = response["decision"]
    chosen = next((one for one in decision["candidates"] if one["provider"] == response["provider"]), None)
    because = f" ({chosen['reason']})" if chosen and chosen["reason"] else ""
    return f"{response['provider']} in {response['provider_ms']:.0f} ms, by {decision['policy']}{because}"


def _top(scores: Mapping[str, float]) -> str:
    best = sorted(scores.items(), key=lambda pair: -pair[1])[:TOP]
    return ", ".join(f"{name} {value:.2f}" for name, value in best)

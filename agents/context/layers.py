"""The candidate pieces of a prompt, layer by layer, each with a fixed prior value."""

from typing import Any

from agents.context import marks, tokens
from agents.context.memory.words import content_words, stem
from agents.context.state import ContextState, Knowledge, Mood, ProfileSummary, Sitting, Turn

Piece = dict[str, Any]

PROFILE_VALUE = 0.9
MOOD_VALUE = 0.5
LAST_SITTING_VALUE = 0.3
LATEST_TURN_VALUE = 0.95
TURN_DECAY = 0.9
SHARED_WORDS_VALUE = 0.5
OLDER_TURNS = 8
SHOWN_CONCEPTS = 5
DAY_MICROS = 86_400 * 1_000_000
VALENCE_STEP = 0.15


def offer(state: ContextState, text: str, concepts: tuple[str, ...], now: int, room: int) -> list[Piece]:
    """The pieces that the learner's row holds for a message `text` about `concepts`, sent at `now` (microseconds, UTC).

    Of the conversation, the newest turns that fill `room` tokens and the older ones that share most words with `text`.
    """
    pieces: list[Piece] = []
    if state.profile is not None:
        pieces.append(_profile(state.profile, concepts, now))
    if state.moods:
        pieces.append(_mood(state.moods))
    if state.last_sitting is not None:
        pieces.append(_last_sitting(state.last_sitting, now))
    pieces.extend(_conversation(state, text, room))
    return pieces


def piece(
    piece_id: str, layer: str, text: str, value: float, reason: str, *, role: str = "system", turn: int | None = None
) -> Piece:
    """One ContextPiece, its tokens counted."""
    return {
        "piece_id": piece_id,
        "layer": layer,
        "role": role,
        "text": text,
        "tokens": tokens.count(text),
        "value": value,
        "turn": turn,
        "reason": reason,
    }


def _conversation(state: ContextState, text: str, room: int) -> list[Piece]:
    words = {stem(word) for word in content_words(text)}
    whole_room = room
    pieces: list[Piece] = []
    older: list[tuple[float, int, Turn]] = []
    for age, turn in enumerate(reversed(state.turns)):
        said = f"{turn.message} {turn.reply}".lower()
        shared = sum(word in said for word in words) / len(words) if words else 0.0
        if room > 0:
            pieces += _turn(turn, age, shared)
            room -= pieces[-1]["tokens"] + pieces[-2]["tokens"]
        elif shared > 0:
            older.append((shared, age, turn))
    if room <= 0:
        listed = marks.pieces(state.turns, text, whole_room)
        for number, (said, value) in enumerate(listed, 1):
            pieces.append(
                piece(f"marks:{number}", "conversation", said, value, "numbers and names of the conversation")
            )
    for shared, age, turn in sorted(older, key=lambda one: (-one[0], one[1]))[:OLDER_TURNS]:
        pieces += _turn(turn, age, shared)
    return pieces


def _turn(turn: Turn, age: int, shared: float) -> list[Piece]:
    value = min(LATEST_TURN_VALUE, LATEST_TURN_VALUE * TURN_DECAY**age + SHARED_WORDS_VALUE * shared)
    if not age:
        value = LATEST_TURN_VALUE
    reason = f"{age + 1} turns ago" if age else "the turn before"
    if shared >= 0.5:
        reason += ", shares words with the message"
    # The message ranks a hair above its reply: a reply without what it answers is never left standing. A hair of age
    # keeps equal values apart.
    value -= age * 1e-6
    return [
        piece(f"turn:{turn.number}:user", "conversation", turn.message, value, reason, role="user", turn=turn.number),
        piece(
            f"turn:{turn.number}:assistant",
            "conversation",
            turn.reply,
            value * 0.999,
            reason,
            role="assistant",
            turn=turn.number,
        ),
    ]


def _profile(profile: ProfileSummary, concepts: tuple[str, ...], now: int) -> Piece:
    sentences = []
    if profile.attempts:
        sentences.append(f"The learner has answered {profile.correct} of {profile.attempts} exercises right.")
    else:
        sentences.append("The learner has no graded exercises yet.")
    known = {entry.concept: entry for entry in profile.concepts}
    at_hand = [known[name] for name in concepts if name in known]
    if at_hand:
        sentences.append("On the topic at hand: " + "; ".join(map(_standing, at_hand)) + ".")
    weak = [k for k in profile.concepts if k not in at_hand and not k.mastered and k.p_correct < 0.6]
    if weak:
        weak.sort(key=lambda k: (k.p_correct, k.concept))
        sentences.append("Shaky: " + ", ".join(_name(k) for k in weak[:SHOWN_CONCEPTS]) + ".")
    due = [k for k in profile.concepts if k.due_at is not None and k.due_at <= now]
    if due:
        due.sort(key=lambda k: (k.due_at or 0, k.concept))
        sentences.append("Due for review: " + ", ".join(_name(k) for k in due[:SHOWN_CONCEPTS]) + ".")
    if profile.traits:
        shown = "; ".join(f"{_words(name)} {value:.2g} {unit}".rstrip() for name, value, unit in profile.traits)
        sentences.append(f"Traits: {shown}.")
    return piece("profile:summary", "profile", " ".join(sentences), PROFILE_VALUE, "what the learner knows")


def _standing(known: Knowledge) -> str:
    return f"{_name(known)} {'mastered, ' if known.mastered else ''}success expected {known.p_correct:.0%}"


def _name(known: Knowledge) -> str:
    return _words(known.concept)


def _words(identifier: str) -> str:
    return identifier.replace("_", " ").replace("-", " ")


def _mood(moods: tuple[Mood, ...]) -> Piece:
    latest = moods[-1]
    before = [mood.valence for mood in moods[:-1]]
    direction = "steady"
    if before:
        change = latest.valence - sum(before) / len(before)
        if abs(change) >= VALENCE_STEP:
            direction = "rising" if change > 0 else "falling"
    states = [mood.state for mood in moods if mood.state]
    text = f"Mood over the last {len(moods)} messages: {direction}, valence now {latest.valence:+.1f}"
    if len(moods) == 1:
        text = f"Mood at the last message: valence {latest.valence:+.1f}"
    if states:
        common = max(sorted(set(states)), key=states.count)
        text += f"; mostly {common}" if latest.state in ("", common) else f"; mostly {common}, now {latest.state}"
    return piece("emotion:trend", "emotion", text + ".", MOOD_VALUE, "how the learner has felt")


def _last_sitting(sitting: Sitting, now: int) -> Piece:
    minutes = round((sitting.last_at - sitting.started_at) / 60_000_000)
    days = max(0, now - sitting.last_at) // DAY_MICROS
    when = "earlier today" if days == 0 else "a day ago" if days == 1 else f"{days} days ago"
    text = f"Last session, {when}: {sitting.messages} messages in {max(1, minutes)} minutes"
    if sitting.concepts:
        text += " about " + ", ".join(_words(concept) for concept in sitting.concepts)
    if sitting.mood:
        text += f"; the learner seemed {sitting.mood} at its end"
    return piece("analytics:last_session", "analytics", text + ".", LAST_SITTING_VALUE, "what came before today")

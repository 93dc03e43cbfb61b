"""The prompt of one message: late binding of the newest turns, the budget kept, the template rendered.

Pure: the scored message, the learner's last turns and the template give the chat messages and the record of what
was considered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.routing import tokens
from agents.routing.language import tag
from agents.routing.ledger import Turn
from config.prompts import TutorTemplate
from schemas.codec import Event

Piece = dict[str, Any]
ChatMessage = dict[str, str]

# What the tags around a group of notes cost, each group.
NOTES_OVERHEAD = 12
# A turn that context has not seen yet outranks what context offers: it is the conversation's present.
NEWEST_VALUE = 1e9
# The learner's message and the reply before it get at least this share of the budget before anything else.
LEAST_MESSAGE_TOKENS = 16
# Stands for a question that was dropped while its reply was not: several servers' chat templates refuse a talk that a
# reply begins.
OPENING = "[…]"

# Signs that nobody sees, such as a zero-width space, make it no other tag to a model.
_FRAME = re.compile(r"<(?=\W{0,8}notes)", re.IGNORECASE)
LAYER_ORDER = ("system", "profile", "memory", "analytics", "emotion")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a provider is sent. `tokens` is the local count of `messages`, never above `budget`.

    `considered` holds PromptPiece records in prompt order, the dropped ones last; the learner's own message is not
    among them.
    """

    messages: tuple[ChatMessage, ...]
    considered: tuple[Piece, ...]
    tokens: int
    budget: int
    template_version: str


def instructions(template: TutorTemplate, scored: Event) -> str:
    """The part of the prompt that the reply plan, the next step, the task and the language decide."""
    plan, step = scored["plan"], scored["next_step"]
    lines = [
        template.task.get(scored["task"], ""),
        template.tone.get(plan["tone"], ""),
        template.pace.get(plan["pace"], ""),
        template.acknowledge if plan["acknowledge"] else "",
        template.smaller_steps if plan["smaller_steps"] or (step and step["step_size"] == "small") else "",
        template.encouragement.get(plan.get("encouragement") or "", ""),
        template.suggest_break if plan["suggest_break"] else "",
        template.challenge if plan["challenge"] else "",
    ]
    if step and step["concept_id"] and scored["task"] not in ("offtopic", "unsafe"):
        lines.append(_filled(template.next_step.get(step["kind"], ""), "concept", _plain(step["concept_id"])))
    if language := tag(scored["language"]):
        lines.append(_filled(template.language, "language", language))
    return " ".join(line for line in lines if line)


def terms(scored: Event, template: TutorTemplate) -> str:
    """All that a prompt asks for besides its pieces and the message: how deep, in which tone, towards what."""
    depth = scored["next_step"]["depth"] if scored["next_step"] else "normal"
    return f"{depth} {instructions(template, scored)}"


def bind_turns(pieces: Sequence[Piece], turns: Sequence[Turn], turns_through: int) -> tuple[list[Piece], set[str]]:
    """Context's pieces with the newest turns put in: each turn after `turns_through`, and always the last one.

    A turn that is put in replaces whatever context offered for it, so its reply occurs once. Returns the pieces and
    the ids of those that may not be dropped (the last reply).
    """
    late = [turn for turn in turns if turn.turn > turns_through or turn is turns[-1]]
    numbers = {turn.turn for turn in late}
    bound = [piece for piece in pieces if piece["turn"] not in numbers]
    for turn in late:
        # Later turns outrank earlier ones, a reply its question.
        value = NEWEST_VALUE + 2 * turn.turn
        bound.append(_turn_piece(turn, "user", turn.text, value))
        bound.append(_turn_piece(turn, "assistant", turn.reply, value + 1))
    return bound, {_piece_id(late[-1], "assistant")} if late else set()


def render(scored: Event, turns: Sequence[Turn], template: TutorTemplate, budget: int | None = None) -> Prompt:
    """The prompt for `scored` with the learner's last `turns` (oldest first) bound in.

    Stable parts come first, so that providers can reuse what they computed for the prompt before. The lowest ranked
    pieces are dropped until `budget` (default: the message's own) holds; the reply to the message before is never
    dropped but shortened where it has to be, and so is a message that is longer than the budget.
    """
    budget = scored["token_budget"] if budget is None else budget
    depth = scored["next_step"]["depth"] if scored["next_step"] else "normal"
    core, plan_text = _fitting(
        _filled(template.core, "sentences", str(template.sentences.get(depth, 8))),
        instructions(template, scored),
        template,
        budget // 3,
    )
    core_tokens, plan_tokens = tokens.estimate(core), tokens.estimate(plan_text) if plan_text else 0

    pieces, kept_ids = bind_turns(scored["pieces"], turns, scored["turns_through"])
    text, text_tokens = scored["text"], max(scored["text_tokens"], tokens.estimate(scored["text"]))
    room = budget - core_tokens - plan_tokens
    most = max(room - _least_for(pieces, kept_ids), min(room, LEAST_MESSAGE_TOKENS))
    if text_tokens > most:
        text = tokens.clipped(text, most)
        text_tokens = tokens.estimate(text)
    room -= text_tokens

    intro_tokens = tokens.estimate(template.notes_intro)
    included, dropped = _select(pieces, kept_ids, room, intro_tokens)
    opening = tokens.estimate(OPENING) if _begins_with_a_reply(included) else 0
    if opening:
        included, dropped = _select(pieces, kept_ids, room - opening, intro_tokens)
        opening = opening if _begins_with_a_reply(included) else 0
    notes = [piece for piece in included if piece["role"] == "system"]
    talk = sorted((piece for piece in included if piece["role"] != "system"), key=_talk_order)
    notes.sort(key=lambda piece: (_layer_rank(piece["layer"]), -piece["value"]))

    messages: list[ChatMessage] = [{"role": "system", "content": _system_text(core, notes, plan_text, template)}]
    if opening:
        _append(messages, "user", OPENING)
    for piece in talk:
        _append(messages, piece["role"], piece["text"])
    _append(messages, "user", text)

    overhead = _notes_overhead(notes, intro_tokens) + opening
    considered = [
        _record("template", "system", core_tokens + overhead, "the template's text, by its version", ""),
        *(_record_of(piece, True) for piece in notes),
        *([_record("plan", "system", plan_tokens, "reply plan, task and next step", plan_text)] if plan_text else []),
        *(_record_of(piece, True) for piece in talk),
        *(_record_of(piece, False) for piece in sorted(dropped, key=lambda piece: -piece["value"])),
    ]
    spent = text_tokens + sum(piece["tokens"] for piece in considered if piece["included"])
    return Prompt(tuple(messages), tuple(considered), spent, budget, template.label)


def _fitting(core: str, plan_text: str, template: TutorTemplate, most: int) -> tuple[str, str]:
    """The fullest instructions that take at most `most` tokens; at the least, the short core."""
    for option in ((core, plan_text), (template.core_short, plan_text)):
        if sum(tokens.estimate(part) for part in option if part) <= most:
            return option
    return template.core_short, ""


def _least_for(pieces: Sequence[Piece], kept_ids: set[str]) -> int:
    """Tokens that the pieces that must stay get at least: what they take, but no more than a few lines."""
    return sum(min(piece["tokens"], 4 * LEAST_MESSAGE_TOKENS) for piece in pieces if piece["piece_id"] in kept_ids)


def _select(
    pieces: Sequence[Piece], kept_ids: set[str], room: int, intro_tokens: int
) -> tuple[list[Piece], list[Piece]]:
    """What fits into `room` tokens, highest value first; the pieces of `kept_ids` before all others, clipped."""
    ranked = sorted(pieces, key=lambda piece: (piece["piece_id"] not in kept_ids, -piece["value"]))
    included: list[Piece] = []
    dropped: list[Piece] = []
    layers: set[str] = set()
    for piece in ranked:
        cost = piece["tokens"]
        if piece["role"] == "system" and piece["layer"] not in layers:
            cost += NOTES_OVERHEAD + (0 if layers else intro_tokens)
        if piece["piece_id"] in kept_ids and cost > room:
            text = tokens.clipped(piece["text"], room)
            if not text:
                dropped.append({**piece, "reason": "not even a part of it fits the budget"})
                continue
            piece = {**piece, "text": text, "tokens": tokens.estimate(text), "reason": piece["reason"] + ", shortened"}
            cost = piece["tokens"]
        if cost > room:
            dropped.append({**piece, "reason": "ranked below what fills the budget"})
            continue
        if piece["role"] == "system":
            layers.add(piece["layer"])
        included.append(piece)
        room -= cost
    return included, dropped


def _notes_overhead(notes: Sequence[Piece], intro_tokens: int) -> int:
    layers = {piece["layer"] for piece in notes}
    return len(layers) * NOTES_OVERHEAD + (intro_tokens if layers else 0)


def _system_text(core: str, notes: Sequence[Piece], plan_text: str, template: TutorTemplate) -> str:
    parts = [core]
    if notes:
        parts.append(template.notes_intro)
        layer = ""
        for piece in notes:
            if piece["layer"] != layer:
                if layer:
                    parts.append("</notes>")
                layer = piece["layer"]
                parts.append(f'<notes about="{_plain(layer)}">')
            # A note can't close its own frame; the replacement is no longer than what it replaces.
            parts.append(_FRAME.sub("(", piece["text"]))
        parts.append("</notes>")
    if plan_text:
        parts.append(plan_text)
    return "\n".join(parts)


def _append(messages: list[ChatMessage], role: str, text: str) -> None:
    # Several servers' chat templates refuse two messages of one role in a row.
    if messages[-1]["role"] == role:
        messages[-1]["content"] += "\n\n" + text
    else:
        messages.append({"role": role, "content": text})


def _begins_with_a_reply(pieces: Sequence[Piece]) -> bool:
    talk = [piece for piece in pieces if piece["role"] != "system"]
    return bool(talk) and bool(min(talk, key=_talk_order)["role"] == "assistant")


def _talk_order(piece: Piece) -> tuple[int, bool]:
    return (-1 if piece["turn"] is None else piece["turn"], piece["role"] == "assistant")


def _layer_rank(layer: str) -> int:
    return LAYER_ORDER.index(layer) if layer in LAYER_ORDER else len(LAYER_ORDER)


def _piece_id(turn: Turn, role: str) -> str:
    return f"turn:{turn.turn}:{role}"


def _turn_piece(turn: Turn, role: str, text: str, value: float) -> Piece:
    return {
        "piece_id": _piece_id(turn, role),
        "layer": "conversation",
        "role": role,
        "text": text,
        "tokens": tokens.estimate(text),
        "value": value,
        "turn": turn.turn,
        "reason": "newest turns, from routing's own ledger",
    }


def _record(piece_id: str, layer: str, count: int, reason: str, text: str) -> Piece:
    return {
        "piece_id": piece_id,
        "layer": layer,
        "tokens": count,
        "value": NEWEST_VALUE,
        "included": True,
        "reason": reason,
        "text": text,
    }


def _record_of(piece: Piece, included: bool) -> Piece:
    return {
        "piece_id": piece["piece_id"],
        "layer": piece["layer"],
        "tokens": piece["tokens"],
        "value": piece["value"],
        "included": included,
        "reason": piece["reason"],
        "text": piece["text"] if included else "",
    }


def _filled(line: str, name: str, value: str) -> str:
    """`line` with its one placeholder filled; the value itself is never looked into."""
    return line.replace("{" + name + "}", value)


def _plain(word: str) -> str:
    """An identifier as it may stand in an instruction: letters, digits and a few signs, 80 at most."""
    return "".join(sign for sign in word if sign.isalnum() or sign in " -_./:")[:80]

"""`make bench-prefix DATA=path`: how much of each prompt a provider has computed before, as its beginning.

Recorded dialogues and made-up long histories go through the real context, emotion and routing code; the emotion model
is the n-gram one. A provider's prefix cache holds what earlier prompts began with, in whole blocks: 128 tokens, and
none below 1,024, at the hosted OpenAI-compatible ones; 16 and no least at servers such as vLLM.
"""

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from agents.context import encoder as encoders
from agents.context.encoder import Encoder
from agents.context.enrich import enrich
from agents.context.observe import observe_response
from agents.context.state import ContextState
from agents.emotion.agent import reading
from agents.emotion.plan import respond
from agents.emotion.scorer import EmotionScorer
from agents.emotion.trend import EmotionBaseline, update
from agents.routing.ledger import Turn
from agents.routing.prompt import ChatMessage, render
from benchmarks import history as figures
from benchmarks.context import dialogues, events, histories
from config.prompts import TutorTemplate, tutor_template
from config.settings import Settings
from schemas.codec import Event

HOSTED_BLOCK, HOSTED_LEAST = 128, 1024
SERVED_BLOCK = 16
BYTES_PER_TOKEN = 3.2
LEDGER_TURNS = 8
MINUTE = 60 * 1_000_000

AS_IT_IS, NOTES_LAST = "as it is", "notes last"

Exchanges = Sequence[tuple[str, str, int, int]]
Layout = Callable[[Sequence[ChatMessage]], Sequence[ChatMessage]]


def whole(messages: Sequence[ChatMessage]) -> bytes:
    """A prompt as a provider reads it, each message with its role."""
    return "".join(f"<|{message['role']}|>\n{message['content']}\n" for message in messages).encode()


def shared_bytes(one: bytes, other: bytes) -> int:
    """How far two prompts are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def tokens(size: int) -> int:
    """Tokens of so many bytes, by the estimate that budgets go by."""
    return int(size / BYTES_PER_TOKEN)


@dataclass
class Shares:
    """Tokens of prompts, and of those what was a beginning of the same learner's prompt before, or of any prompt."""

    prompts: int = 0
    all_tokens: int = 0
    same_learner: int = 0
    same_learner_hosted: int = 0
    same_learner_served: int = 0
    any_served: int = 0
    any_hosted: int = 0
    attainable: int = 0
    long_enough: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    _seen: set[bytes] = field(default_factory=set)

    def add(self, messages: Sequence[ChatMessage], before: bytes | None) -> bytes:
        """Count a prompt whose learner's last one was `before`; it comes back as it was compared."""
        prompt = whole(messages)
        size = tokens(len(prompt))
        self.prompts += 1
        self.all_tokens += size
        self.long_enough += size >= HOSTED_LEAST
        if before is not None:
            common = shared_bytes(prompt, before)
            self.ends[part_at(messages, common)] += 1
            # As if nothing but the last message were new.
            self.attainable += tokens(min(len(before), len(prompt)))
            shared = tokens(common)
            self.same_learner += shared
            self.same_learner_hosted += hosted(shared)
            self.same_learner_served += shared // SERVED_BLOCK * SERVED_BLOCK
        known = self._known(prompt)
        self.any_served += known
        self.any_hosted += hosted(known)
        return prompt

    def _known(self, prompt: bytes) -> int:
        """Tokens at the beginning that some earlier prompt began with too, in blocks of the smaller kind."""
        step = int(SERVED_BLOCK * BYTES_PER_TOKEN)
        digest, known, fresh = blake2b(digest_size=16), 0, False
        for begin in range(0, len(prompt) - step + 1, step):
            digest.update(prompt[begin : begin + step])
            name = digest.copy().digest()
            fresh = fresh or name not in self._seen
            known += 0 if fresh else SERVED_BLOCK
            self._seen.add(name)
        return known

    def figures(self) -> dict[str, Any]:
        """Shares of all prompt tokens; `ends` says in which part of how many prompts the common beginning ended."""
        names = ("attainable", "same_learner", "same_learner_hosted", "same_learner_served", "any_served", "any_hosted")
        shares = {name: round(getattr(self, name) / max(1, self.all_tokens), 4) for name in names}
        return {
            "prompts": self.prompts,
            "mean_tokens": round(self.all_tokens / max(1, self.prompts)),
            "of_1024_tokens": round(self.long_enough / max(1, self.prompts), 4),
            **shares,
            "ends": dict(self.ends),
        }


def part_at(messages: Sequence[ChatMessage], place: int) -> str:
    """Where a byte of `whole(messages)` lies: in the template's core, the notes and plan, the talk or the message."""
    core = len(whole([{**messages[0], "content": messages[0]["content"].partition("\n")[0]}]))
    ends = {
        "core": core,
        "notes": len(whole(messages[:1])),
        "talk": len(whole(messages[:-1])),
    }
    return next((part for part, end in ends.items() if place < end), "message")


def notes_last(messages: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    """The same prompt with everything but the template's core behind the conversation, before the message."""
    core, _, rest = messages[0]["content"].partition("\n")
    late = [{"role": "system", "content": rest}] if rest else []
    return ({"role": "system", "content": core}, *messages[1:-1], *late, messages[-1])


def hosted(shared: int) -> int:
    """What a hosted provider's cache gives of so many shared tokens."""
    return shared // HOSTED_BLOCK * HOSTED_BLOCK if shared >= HOSTED_LEAST else 0


def scored_messages(
    learner: str, exchanges: Exchanges, settings: Settings, encoder: Encoder | None, scorer: EmotionScorer
) -> Iterator[tuple[Event, tuple[Turn, ...]]]:
    """What routing gets for each message of a learner, with the turns that it knows by then."""
    state, baseline = ContextState(), None
    turns: tuple[Turn, ...] = ()
    for number, (said, replied, sent_at, sitting) in enumerate(exchanges, 1):
        asked = events.message(learner, number, said, sent_at, sitting)
        event, state = enrich(state, asked, sent_at, settings, encoder)
        scored, baseline = _felt(event, baseline, scorer)
        yield scored, turns
        state = observe_response(state, events.response(asked, number, replied), settings, encoder)
        turns = (*turns, Turn(said, replied, b"", number))[-LEDGER_TURNS:]


def _felt(event: Event, before: EmotionBaseline | None, scorer: EmotionScorer) -> tuple[Event, EmotionBaseline]:
    scores = scorer.score_batch([event["text"]])[0]
    after, _ = update(before, scores, datetime.fromtimestamp(event["sent_at"] / 1_000_000, UTC))
    plan, after = respond(scores, after)
    return {**event, "emotion": reading(scores, before, after), "plan": plan.as_record()}, after


def recorded(data: Path, name: str, most: int) -> Iterator[tuple[str, Exchanges]]:
    """Each dialogue of a file as one learner's exchanges. Raises `DataError`."""
    seen: set[str] = set()
    for dialogue, problem, turns in dialogues.whole(data, name):
        # Of an excerpt that was annotated twice one is enough.
        key = dialogue if name == "mathdial" else problem
        if key in seen or len(seen) >= most:
            continue
        seen.add(key)
        said = ""
        exchanges: list[tuple[str, str, int, int]] = []
        for is_tutor, text in turns:
            if is_tutor and said:
                exchanges.append((said, text, histories.START + len(exchanges) * MINUTE, 0))
                said = ""
            elif not is_tutor:
                said = text
        yield f"{name} {dialogue}", exchanges


def made_up(count: int) -> Iterator[tuple[str, Exchanges]]:
    """Learners with 200 turns in many sittings."""
    for seed in range(count):
        yield (
            f"history {seed}",
            [(one.message, one.reply, one.sent_at, one.sitting) for one in histories.make(seed).exchanges],
        )


def measured(
    learners: Iterator[tuple[str, Exchanges]],
    template: TutorTemplate,
    settings: Settings,
    encoder: Encoder | None,
    scorer: EmotionScorer,
) -> dict[str, dict[str, Any]]:
    """The shares by layout, over the same messages: as prompts are, and with the notes behind the conversation."""
    layouts: Mapping[str, Layout] = {AS_IT_IS: lambda messages: messages, NOTES_LAST: notes_last}
    shares = {label: Shares() for label in layouts}
    for learner, exchanges in learners:
        before: dict[str, bytes] = {}
        for scored, turns in scored_messages(learner, exchanges, settings, encoder, scorer):
            messages = render(scored, turns, template).messages
            for label, layout in layouts.items():
                before[label] = shares[label].add(layout(messages), before.get(label))
    return {label: share.figures() for label, share in shares.items()}


def main() -> None:
    """Run all of it and print one JSON line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mathdial/ and bridge/")
    parser.add_argument("--dialogues", type=int, default=481, help="of each file, at most")
    parser.add_argument("--histories", type=int, default=5)
    options = parser.parse_args()
    settings = Settings(_env_file=None)
    encoder = encoders.unrationed()
    scorer = EmotionScorer.load_light()
    template = tutor_template()
    sets: dict[str, Any] = {}
    try:
        for name in ("mathdial", "bridge"):
            learners = recorded(options.data, name, options.dialogues)
            sets[name] = measured(learners, template, settings, encoder, scorer)
            gc.collect()
    except dialogues.DataError as error:
        sys.exit(str(error))
    sets["histories"] = measured(made_up(options.histories), template, settings, encoder, scorer)
    for name, by_layout in sets.items():
        print(f"{name}: share of prompt tokens that the learner's prompt before began with", file=sys.stderr)
        for label, found in by_layout.items():
            print(
                f"  {label:10} {found['prompts']} prompts of {found['mean_tokens']} tokens: "
                f"{found['same_learner']:.3f}, in blocks of 16 {found['same_learner_served']:.3f}, of 128 from 1,024 "
                f"on {found['same_learner_hosted']:.3f}; of any prompt {found['any_served']:.3f} and "
                f"{found['any_hosted']:.3f}; attainable {found['attainable']:.3f}; it ends in {found['ends']}",
                file=sys.stderr,
            )
    recorded_sets = [sets[name][AS_IT_IS] for name in ("mathdial", "bridge")]
    moved = [sets[name][NOTES_LAST] for name in ("mathdial", "bridge")]
    figures.record(
        "prefix",
        {
            "template": template.label,
            "prefix_share": round(sum(one["same_learner"] for one in recorded_sets) / 2, 4),
            "prefix_share_served": round(sum(one["same_learner_served"] for one in recorded_sets) / 2, 4),
            "prefix_share_hosted": round(sum(one["same_learner_hosted"] for one in recorded_sets) / 2, 4),
            "prefix_share_notes_last": round(sum(one["same_learner"] for one in moved) / 2, 4),
            "prefix_share_long": sets["histories"][AS_IT_IS]["same_learner"],
            "prefix_share_long_hosted": sets["histories"][AS_IT_IS]["same_learner_hosted"],
            "by_set": sets,
        },
    )


if __name__ == "__main__":
    main()

"""`make eval-context DATA=path`: what the context brings back, against simple ways and on recorded dialogues."""

import argparse
import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

from agents.context import encoder as encoders
from agents.context import tasks
from agents.context.encoder import Encoder, OutOfTime, SentenceEncoder
from agents.context.observe import observe_response
from agents.context.state import ContextState
from benchmarks import history as figures
from benchmarks.context import cache, dialogues, events, fit_tasks, histories, recall, task_messages
from config.settings import Settings

SHARES = (0.25, 0.5, 1.0)
FOLDS = 5
DAY = 86_400 * 1_000_000
Table = dict[str, dict[float, list[float]]]


def _table() -> Table:
    return {way: {share: [] for share in SHARES} for way in ("selected", "last_n", "random", "everything")}


def _score(
    table: Table,
    needed: tuple[str, ...],
    past: recall.Exchanges,
    budget: int,
    select: Callable[[int], list[str]],
    rng: random.Random,
    occurs: Callable[[str, str], bool],
) -> None:
    for share in SHARES:
        room = int(budget * share)
        ways = {
            "selected": select(room),
            "last_n": recall.last_turns(past, room),
            "random": recall.random_sentences(past, room, rng),
            "everything": recall.everything(past),
        }
        for way, texts in ways.items():
            table[way][share].append(recall.recall(needed, texts, occurs))


def planted(count: int, encoder: Encoder) -> Table:
    """Made-up learners with 200 turns and twelve facts each; each fact is called for once, at the end."""
    defaults = Settings(_env_file=None)
    table, rng = _table(), random.Random(0)
    for seed in range(count):
        history = histories.make(seed)
        learner = f"learner {seed}"
        state = ContextState()
        past = []
        for number, exchange in enumerate(history.exchanges, 1):
            asked = events.message(learner, number, exchange.message, exchange.sent_at, exchange.sitting)
            state = observe_response(state, events.response(asked, number, exchange.reply), defaults, encoder)
            past.append((exchange.message, exchange.reply))
        now = history.exchanges[-1].sent_at + DAY
        for fact in history.facts:
            for question in fact.asked:
                asked = events.message(learner, 1000, question, now, 99)

                def select(room: int, asked: dict[str, object] = asked, state: ContextState = state) -> list[str]:
                    return recall.selected(state, asked, room, defaults.context_turns, encoder)

                _score(
                    table, (fact.needed,), past, defaults.context_tokens, select, rng, lambda mark, text: mark in text
                )
        print(f"  planted history {seed + 1} of {count}", file=sys.stderr)
    return table


def recorded(data: Path, name: str, most: int, encoder: Encoder) -> Table:
    """Moments of recorded dialogues; the whole budget is the length of the dialogue so far."""
    defaults = Settings(_env_file=None)
    table, rng = _table(), random.Random(0)
    # The value model was chosen on the other half of the dialogues.
    found = [one for one in dialogues.moments(data, name) if dialogues.is_held_out(one.dialogue)]
    for moment in random.Random(1).sample(found, min(most, len(found))):
        state = ContextState()
        for number, (said, replied) in enumerate(moment.before, 1):
            asked = events.message(moment.dialogue, number, said, histories.START + number, 0)
            state = observe_response(state, events.response(asked, number, replied), defaults, encoder)
        asked = events.message(moment.dialogue, 1000, moment.message, histories.START + 1000, 0)

        def select(room: int, asked: dict[str, object] = asked, state: ContextState = state) -> list[str]:
            return recall.selected(state, asked, room, defaults.context_turns, encoder)

        budget = recall.size(moment.before)
        _score(table, moment.needed, moment.before, budget, select, rng, dialogues.occurs)
    return table


def task_accuracy(encoder: SentenceEncoder) -> dict[str, float]:
    """Share of messages whose task is found: five-fold over the examples and on other messages, both ways."""
    known = tasks.examples()
    vectors = encoder.encode([text for _, text in known])
    right = {"folds": 0, "folds_words_only": 0, "others": 0, "others_words_only": 0}
    for fold in range(FOLDS):
        kept = [index for index in range(len(known)) if index % FOLDS != fold]
        model = fit_tasks.model([known[index] for index in kept], vectors[kept])
        for index in range(fold, len(known), FOLDS):
            task, text = known[index]
            right["folds"] += model.task(text, vectors[index]) == task
            right["folds_words_only"] += model.task(text) == task
    fitted = tasks.default()
    others = encoder.encode([text for _, text in task_messages.MESSAGES])
    for (task, text), vector in zip(task_messages.MESSAGES, others, strict=True):
        right["others"] += fitted.task(text, vector) == task
        right["others_words_only"] += fitted.task(text) == task
    return {
        name: round(count / len(known if name.startswith("folds") else task_messages.MESSAGES), 4)
        for name, count in right.items()
    }


async def replies(data: Path) -> dict[str, dict[str, float]]:
    """The reply cache by workload; `paraphrases` and `stream` on questions that its rules were not made by."""
    found: dict[str, dict[str, float]] = {
        "stream": await cache.stream("held out"),
        "paraphrases": await cache.paraphrases("held out"),
        "paraphrases_chosen": await cache.paraphrases("chosen"),
        "learners": dict(await cache.wrong_learners()),
        "mathdial": await cache.recorded(data, "mathdial"),
        "bridge": await cache.recorded(data, "bridge"),
    }
    for name, figures_of in found.items():
        print(f"cache, {name}: {figures_of}", file=sys.stderr)
    return found


def _means(table: Table) -> dict[str, dict[str, float]]:
    return {
        way: {f"{share:.0%}": round(sum(scores) / len(scores), 4) for share, scores in by_share.items() if scores}
        for way, by_share in table.items()
    }


def main() -> None:
    """Run all of it and print one JSON line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mathdial/ and bridge/")
    parser.add_argument("--histories", type=int, default=20)
    parser.add_argument("--moments", type=int, default=400)
    parser.add_argument("--letters", action="store_true", help="without the sentence encoder")
    options = parser.parse_args()
    encoder: Encoder = OutOfTime() if options.letters else encoders.unrationed()
    sets = {"planted": _means(planted(options.histories, encoder))}
    try:
        for name in ("mathdial", "bridge"):
            sets[name] = _means(recorded(options.data, name, options.moments, encoder))
    except dialogues.DataError as error:
        sys.exit(str(error))
    found = asyncio.run(replies(options.data))
    for name, ways in sets.items():
        print(f"{name}: recall at 25 / 50 / 100 % of the budget", file=sys.stderr)
        for way, scores in ways.items():
            print(f"  {way:12} {'  '.join(f'{score:.3f}' for score in scores.values())}", file=sys.stderr)

    def mean(way: str, share: str) -> float:
        return round(sum(ways[way][share] for ways in sets.values()) / len(sets), 4)

    figures.record(
        "context-eval",
        {
            "recall_at_25": mean("selected", "25%"),
            "recall_at_50": mean("selected", "50%"),
            "recall_at_100": mean("selected", "100%"),
            "last_n_recall_at_25": mean("last_n", "25%"),
            "cache_attainable_hit_ratio": found["stream"]["attainable_hit_ratio"],
            "cache_wrong_ratio": max(found["stream"]["wrong_ratio"], found["paraphrases"]["wrong_ratio"]),
            "wrong_learner_hits": sum(
                found["learners"][name] for name in ("wrong_learner", "wrong_tenant", "stale_facts")
            ),
            "cache": found,
            "task_accuracy": task_accuracy(encoders.unrationed()),
            "by_set": sets,
        },
    )


if __name__ == "__main__":
    main()

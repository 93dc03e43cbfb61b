"""`make bench-context`: time to build a context for a learner with a long past, the budget, and the solvers."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean

from agents.context import encoder as encoders
from agents.context import layers
from agents.context.choose import TEMPLATE_TOKENS, choose, problem
from agents.context.encoder import SentenceEncoder
from agents.context.enrich import enrich
from agents.context.memory import offer as memories
from agents.context.selection import exact, greedy
from agents.context.selection.bound import upper_bound
from agents.context.selection.problem import Problem
from agents.context.state import ContextState
from benchmarks import history as figures
from benchmarks.context import anneal, events, histories, learner, warmth, writes
from config.settings import Settings

NODES = 20_000
EXCHANGES, EXCHANGES_WRITTEN = 7, 200


def build_times(
    state: ContextState, settings: Settings, encoder: SentenceEncoder, rounds: int
) -> tuple[list[float], list[float], int]:
    """Milliseconds from stored bytes to event and new bytes, elapsed and of CPU; and how many exceed the budget."""
    state, stored, rows = usual(state, settings, encoder)
    questions = [question for fact in histories.FACTS for question in fact.asked]
    spent, worked, over = [], [], 0
    for number in range(rounds + 5):
        asked = events.message(
            "bench", number, questions[number % len(questions)], state.turns[-1].sent_at + learner.DAY, 10_000
        )
        began, busy = time.perf_counter(), time.process_time()
        event, after = enrich(ContextState.loads(stored, rows.get), asked, asked["sent_at"], settings, encoder)
        after.stored()
        worked.append((time.process_time() - busy) * 1000)
        spent.append((time.perf_counter() - began) * 1000)
        chosen = sum(piece["tokens"] for piece in event["pieces"] if piece["value"] >= 1)
        over += chosen + event["text_tokens"] > event["token_budget"]
    # The first few warm the caches of the model's session.
    return sorted(spent[5:]), sorted(worked[5:]), over


def usual(
    state: ContextState, settings: Settings, encoder: SentenceEncoder
) -> tuple[ContextState, bytes, dict[bytes, bytes | None]]:
    """What is stored of the learner some exchanges later: half-way between two rows of the memory."""
    rows: dict[bytes, bytes | None] = {}
    value = b""
    for after, written, beside in writes.going_on(state, settings, encoder, EXCHANGES):
        state, value = after, written
        rows |= beside
    return state, value, rows


def solvers(state: ContextState, encoder: SentenceEncoder, rounds: int) -> dict[str, dict[str, float]]:
    """Mean share of the upper bound reached and time, by solver, over messages and budgets of a real row."""
    rng = random.Random(5)
    problems: list[Problem] = []
    questions = [question for fact in histories.FACTS for question in fact.asked]
    for _ in range(rounds):
        room, text = rng.choice((150, 375, 750, 1250)), rng.choice(questions)
        now = state.turns[-1].sent_at + learner.DAY
        offered = [
            *layers.offer(state, text, (), now, room),
            *memories.offer(state.memory, text, now, encoder.encode([text])[0]),
        ]
        offered.sort(key=lambda piece: -piece["value"])
        problems.append(problem(offered[: rng.choice((12, 24, 60))], room))
    ways: dict[str, Callable[[Problem], list[int]]] = {
        "greedy": greedy.solve,
        "exact": _exact_or_start,
        "annealing": anneal.solve,
    }
    rows = {}
    for name, solve in ways.items():
        shares, spent = [], []
        for stated in problems:
            began = time.perf_counter()
            chosen = solve(stated)
            spent.append((time.perf_counter() - began) * 1000)
            shares.append(stated.worth(chosen) / upper_bound(stated))
        spent.sort()
        rows[name] = {
            "value_of_bound": round(fmean(shares), 4),
            "p50_ms": round(spent[len(spent) // 2], 3),
            "p99_ms": round(spent[int(len(spent) * 0.99)], 3),
        }
        print(f"  {name}: {rows[name]}", file=sys.stderr)
    return rows


def _exact_or_start(stated: Problem) -> list[int]:
    start = greedy.solve(stated)
    try:
        return exact.solve(stated, start, NODES)
    except exact.TooManyNodesError:
        return start


def over_budget(encoder: SentenceEncoder, state: ContextState, rounds: int) -> int:
    """Choices that exceed their budget, over random budgets and messages."""
    rng, over = random.Random(9), 0
    for _ in range(rounds):
        room = rng.randrange(0, 3000)
        text = rng.choice(histories.FACTS).asked[0]
        now = state.turns[-1].sent_at + learner.DAY
        offered = [
            *layers.offer(state, text, (), now, room),
            *memories.offer(state.memory, text, now, encoder.encode([text])[0]),
        ]
        over += sum(piece["tokens"] for piece in choose(offered, room) if piece["value"] >= 1) > room
    return over


def main() -> None:
    """Run all of it and print one JSON line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    encoder = encoders.unrationed()
    settings = Settings(_env_file=None, context_turns=200)
    print("  growing a learner with 200 turns and 1,000 items", file=sys.stderr)
    state = learner.grown(encoder, settings)
    spent, worked, over = build_times(state, settings, encoder, options.rounds)
    over += over_budget(encoder, state, options.rounds)
    # A row of an ordinary learner: the newest turns, a few items.
    small = replace(state, turns=state.turns[-12:], memory=state.memory.keep(range(40)))
    print("  what is written while the learner goes on", file=sys.stderr)
    written, whole = writes.bytes_a_message(state, Settings(_env_file=None), encoder, EXCHANGES_WRITTEN)
    rows = solvers(state, encoder, max(10, options.rounds // 10))
    figures.record(
        "context-bench",
        {
            "p50_ms": round(spent[len(spent) // 2], 3),
            "p99_ms": round(spent[int(len(spent) * 0.99)], 3),
            "cpu_p50_ms": round(worked[len(worked) // 2], 3),
            "cpu_p99_ms": round(worked[int(len(worked) * 0.99)], 3),
            "over_budget": over,
            "bytes_per_learner": len(state.dumps()),
            "bytes_written_per_message": written,
            "whole_rows_per_message": whole,
            "turns": len(state.turns),
            "items": len(state.memory),
            "room": settings.context_tokens - TEMPLATE_TOKENS,
            "warm_hit_ratio": round(warmth.hit_ratio(small, True, 2**22), 4),
            "unannounced_hit_ratio": round(warmth.hit_ratio(small, False, 2**22), 4),
            "warm_saved_ms": round(warmth.saved_ms(*usual(state, settings, encoder)[1:]), 3),
            "solvers": rows,
            "default_solver": "greedy",
        },
    )


if __name__ == "__main__":
    main()

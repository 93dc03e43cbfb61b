"""Rows that are ready when a message comes: with what announces messages, and without."""

import random
import time
from collections.abc import Mapping

from agents.context.state import ContextState
from agents.context.warm import WarmStates

LEARNERS = 4000
SITTINGS = 6000
MESSAGES_A_SITTING = 4
READ_ROUNDS = 50


def hit_ratio(state: ContextState, announced: bool, most_bytes: int) -> float:
    """Share of messages whose learner's row was ready, while more learners come and go than there is room for.

    A sitting is opened (a signal, where `announced`), then messages and replies take turns; each writes the row.
    """
    warm, rng, value = WarmStates(most_bytes), random.Random(1), state.dumps()
    ready = asked = 0
    for _ in range(SITTINGS):
        key = f"school/{rng.randrange(LEARNERS)}".encode()
        if announced:
            warm.loads(key, value)
        for _ in range(MESSAGES_A_SITTING):
            before = warm.counts["hit"]
            warm.loads(key, value)
            ready += warm.counts["hit"] - before
            asked += 1
            warm.loads(key, value)
    return ready / asked


def saved_ms(value: bytes, rows: Mapping[bytes, bytes | None]) -> float:
    """CPU milliseconds that a message is spared where what is stored was read already."""
    began = time.process_time()
    for _ in range(READ_ROUNDS):
        read = ContextState.loads(value, rows.get)
        _ = read.memory.lowered, read.memory.digit_runs
    return (time.process_time() - began) / READ_ROUNDS * 1000

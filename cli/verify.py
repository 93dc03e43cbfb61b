"""Was everything answered once and in order? The checker behind replay, benchmarks and fault tests.

Pure: it takes what was sent and what a consumer and an analyst saw, and returns the figures.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sent:
    """One event sent, in the order of sending. `id` is a message's `message_id` or an attempt's `event_id`."""

    kind: Literal["message", "attempt"]
    id: str
    learner: str


@dataclass(frozen=True, slots=True)
class Response:
    """One response as somebody saw it: a record of `masterx.responses` or a row of ClickHouse.

    `body` is what the learner reads and who wrote it, or a digest of that. `turn` is its number in the learner's
    conversation. `latency_ms` is the broker's append of the message to the receipt of this record, less the
    provider's time, `waited_ms` the same with it; None where they were not measured.
    """

    message_id: str
    response_id: str
    learner: str
    body: str
    by_provider: bool
    turn: int | None = None
    latency_ms: float | None = None
    waited_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was sent, and all that was seen of it.

    `received` is in the order of receipt; `rows` are the responses as an analyst counts them; `attempt_rows` is the
    number of rows per attempt id; `dead_letters` are the ids of sent events that were refused.
    """

    sent: Sequence[Sent]
    received: Sequence[Response] = ()
    rows: Sequence[Response] = ()
    attempt_rows: Counter[str] = field(default_factory=Counter)
    dead_letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures, and the ids behind those that should be zero."""

    sent: int
    answered: int
    answered_by_provider: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    out_of_order: tuple[str, ...]
    dead_lettered: int
    p50_ms: float | None
    p99_ms: float | None

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice, nothing out of order."""
        return not (self.lost or self.duplicated or self.out_of_order)

    def figures(self) -> dict[str, int | float | None]:
        """The figures by name, counts in place of ids. Times are milliseconds."""
        return {
            "sent": self.sent,
            "answered": self.answered,
            "answered_by_provider": self.answered_by_provider,
            "lost": len(self.lost),
            "duplicated": len(self.duplicated),
            "out_of_order": len(self.out_of_order),
            "dead_lettered": self.dead_lettered,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
        }


def check(evidence: Evidence) -> Verdict:
    """The figures of `evidence`.

    A message is answered when a consumer has received its response and an analyst finds it; an attempt, when an
    analyst finds it. Lost is what is neither answered nor refused.
    """
    messages = [event.id for event in evidence.sent if event.kind == "message"]
    wanted = set(messages)
    received = [response for response in evidence.received if response.message_id in wanted]
    rows = [row for row in evidence.rows if row.message_id in wanted]
    answered = {r.message_id for r in received} & {r.message_id for r in rows}
    answered |= {event.id for event in evidence.sent if event.kind == "attempt" and evidence.attempt_rows[event.id]}
    by_provider = {r.message_id for r in rows if r.by_provider} & answered
    sent_ids = {event.id for event in evidence.sent}
    # Sent once, counted once: a file that names an id twice must not make up for a lost one.
    lost = sent_ids - answered - evidence.dead_letters
    latencies = _first_latencies(received)
    return Verdict(
        sent=len(sent_ids),
        answered=len(answered),
        answered_by_provider=len(by_provider),
        lost=tuple(sorted(lost)),
        duplicated=_duplicated(received, rows, evidence.attempt_rows, sent_ids),
        out_of_order=_out_of_order(evidence.sent, received, rows),
        dead_lettered=len(sent_ids & evidence.dead_letters),
        p50_ms=percentile(latencies, 0.50),
        p99_ms=percentile(latencies, 0.99),
    )


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile, rounded to a microsecond; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(math.ceil(share * len(ordered)), 1) - 1], 3)


def _duplicated(
    received: Sequence[Response], rows: Sequence[Response], attempt_rows: Counter[str], sent_ids: set[str]
) -> tuple[str, ...]:
    """Message ids with several response ids, response ids with several bodies, ids that an analyst counts twice."""
    response_ids = defaultdict(set)
    bodies = defaultdict(set)
    for response in (*received, *rows):
        response_ids[response.message_id].add(response.response_id)
        bodies[response.response_id].add(response.body)
    twice = {f"message {id_}" for id_, several in response_ids.items() if len(several) > 1}
    twice |= {f"response {id_}" for id_, several in bodies.items() if len(several) > 1}
    row_counts = Counter(row.response_id for row in rows)
    twice |= {f"row {id_}" for id_, count in row_counts.items() if count > 1}
    twice |= {f"row {id_}" for id_, count in attempt_rows.items() if count > 1 and id_ in sent_ids}
    return tuple(sorted(twice))


def _out_of_order(sent: Sequence[Sent], received: Sequence[Response], rows: Sequence[Response]) -> tuple[str, ...]:
    """Messages whose response came, or was numbered, before that of an earlier message of the same learner."""
    place = {event.id: index for index, event in enumerate(sent)}
    learner_of = {event.id: event.learner for event in sent}
    late: set[str] = set()
    furthest: dict[str, int] = {}
    seen: set[str] = set()
    for response in received:
        if response.message_id in seen:
            continue
        seen.add(response.message_id)
        learner, index = learner_of[response.message_id], place[response.message_id]
        if index < furthest.get(learner, -1):
            late.add(response.message_id)
        furthest[learner] = max(index, furthest.get(learner, -1))
    highest: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: place[row.message_id]):
        if row.turn is None:
            continue
        learner = learner_of[row.message_id]
        if row.turn < highest.get(learner, row.turn):
            late.add(row.message_id)
        highest[learner] = max(row.turn, highest.get(learner, row.turn))
    return tuple(sorted(late))


def _first_latencies(received: Sequence[Response]) -> list[float]:
    first: dict[str, float] = {}
    for response in received:
        if response.latency_ms is not None:
            first.setdefault(response.message_id, response.latency_ms)
    return list(first.values())

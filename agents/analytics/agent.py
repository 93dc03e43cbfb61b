"""Binds analytics to its topics: what learners did and what they were answered in, windows of it out."""

import time
from collections.abc import Sequence

from agents.analytics.anomalies.detector import Detector
from agents.analytics.anomalies.items import ItemWatch
from agents.analytics.anomalies.shares import WATCHED, WINDOW_S
from agents.analytics.measures import ITEM
from agents.analytics.window import MICROS
from agents.analytics.windows import PartitionWindows
from config.settings import Settings
from config.windows import load
from pipeline.delivery.record import Emit, Record
from pipeline.delivery.stage import BatchOutcome, BatchStage, Source, StateReader
from schemas.codec import Event
from schemas.topics import AGGREGATES, ALERTS, ATTEMPTS, BY_NAME, ERASURES, LEARNING_EVENTS, MINUTES, RESPONSES

DETECTOR, ITEMS = b"anomalies/2", b"items/2"
BEFORE = {DETECTOR: b"anomalies", ITEMS: b"items"}
"""Where an older version kept them. Under other keys, so that workers of two versions may take turns: what the older
one left is read where there is nothing newer, and deleted."""
ALL_MINUTES = b"minutes"
"""One key, so that one worker sees the minutes of all partitions."""


def stage(settings: Settings) -> BatchStage:
    """The analytics stage. Raises `WindowsError` for a windows file that can't be read."""
    rules = load()
    since: dict[int, int] = {}
    # When a record was read last that had waited at the broker: then more of them are behind it, and the worker's clock
    # would close their windows before they are read.
    behind: dict[int, int] = {}
    idle = round(rules.idle_seconds * MICROS)

    def open_windows(partition: int, states: StateReader) -> PartitionWindows:
        now = time.time_ns() // 1000
        began = since.setdefault(partition, now)
        return PartitionWindows(partition, lambda key: states.get(partition, key), rules, now, began)

    def outcome(opened: dict[int, PartitionWindows], forgotten: Sequence[tuple[int, bytes]] = ()) -> BatchOutcome:
        emits: list[Emit] = []
        states: dict[tuple[int, bytes], bytes | None] = dict.fromkeys(forgotten)
        for partition, view in opened.items():
            change = view.take()
            emits += [Emit(AGGREGATES, event, key=key) for key, event in change.aggregates if event["kind"] != ITEM]
            emits += [Emit(MINUTES, event, key=ALL_MINUTES) for _, event in change.aggregates if _watched(event)]
            states |= {(partition, key): value for key, value in change.entries.items()}
        return BatchOutcome(tuple(emits), states)

    async def handle(records: Sequence[Record], states: StateReader) -> BatchOutcome:
        opened: dict[int, PartitionWindows] = {}
        forgotten: list[tuple[int, bytes]] = []
        gone: list[tuple[int, bytes]] = []
        watchers: dict[int, tuple[Detector, ItemWatch]] = {}
        alerts: list[Emit] = []
        for record in records:
            if record.topic == MINUTES.name:
                if record.partition not in watchers:
                    held = {key: states.get(record.partition, key) for key in (*BEFORE, *BEFORE.values())}
                    gone += [(record.partition, old) for old in BEFORE.values() if held[old] is not None]
                    watchers[record.partition] = (
                        Detector.loads(held[DETECTOR] or held[BEFORE[DETECTOR]]),
                        ItemWatch.loads(held[ITEMS] or held[BEFORE[ITEMS]]),
                    )
                said = [one for each in watchers[record.partition] for one in each.observe(record.event, record.offset)]
                alerts += [Emit(ALERTS, one, key=f"{one['metric']}/{one['dimension']}".encode()) for one in said]
                continue
            if record.topic == ERASURES.name:
                # Windows hold nobody's data; the ids of this learner's last inputs are stored beside them.
                forgotten.append((record.partition, record.key))
                continue
            view = opened.get(record.partition)
            if view is None:
                view = opened[record.partition] = open_windows(record.partition, states)
            now = time.time_ns() // 1000
            if now - record.appended_at > idle:
                behind[record.partition] = now
            name = BY_NAME[record.topic].event
            view.observe(name, record.topic, record.offset, record.appended_at, record.event)
        counted = outcome(opened, forgotten)
        kept: dict[tuple[int, bytes], bytes | None] = {}
        for partition, (detector, watch) in watchers.items():
            kept |= {(partition, DETECTOR): detector.dumps(), (partition, ITEMS): watch.dumps()}
        return BatchOutcome((*counted.emits, *alerts), {**counted.states, **kept, **dict.fromkeys(gone)})

    async def tick(partitions: Sequence[int], states: StateReader) -> BatchOutcome:
        for gone in since.keys() - set(partitions):
            del since[gone]
            behind.pop(gone, None)
        now = time.time_ns() // 1000
        caught_up = [partition for partition in partitions if now - behind.get(partition, 0) > idle]
        opened = {partition: open_windows(partition, states) for partition in caught_up}
        for view in opened.values():
            view.tick()
        return outcome(opened)

    return BatchStage(
        "analytics",
        (
            Source(RESPONSES, identity="response_id"),
            Source(ATTEMPTS),
            # One that comes twice moves an item's chart a little, and is in no figure that anybody reads.
            Source(LEARNING_EVENTS, remembered=False),
            Source(MINUTES),
            Source(ERASURES),
        ),
        handle,
        most=2000,
        within=0.25,
        stateful=True,
        remember=True,
        tick=tick,
    )


def _watched(window: Event) -> bool:
    """Whether the detector of anomalies looks at this window."""
    return bool(window["final"] and window["window_s"] == WINDOW_S and window["kind"] in WATCHED)

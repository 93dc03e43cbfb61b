"""The faults. Each case says what happens while messages flow; what must hold afterwards is the same for all."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from confluent_kafka import Producer

from benchmarks.faults.full_disk import possible, table_store_full
from benchmarks.faults.schema_change import deploy
from benchmarks.faults.watch import Underway
from cli.replay.recorded import Recorded
from local.errors import LocalStackError
from pipeline.app import EXIT_POISONED
from schemas.ids import learner_key
from schemas.topics import MESSAGES


@dataclass(frozen=True, slots=True)
class Case:
    """One fault. `short` cases run in CI. `by_provider` is the least number of provider answers, by the number sent."""

    name: str
    what: str
    interfere: Callable[[Underway], None]
    short: bool = False
    prepare: Callable[[Underway], None] = lambda _run: None
    events: Callable[[Sequence[Recorded]], Sequence[Recorded]] = lambda events: events
    by_provider: Callable[[int], int] = lambda sent: sent


def slow_provider(run: Underway) -> None:
    """Replies take two seconds, so that hundreds of calls are under way."""
    run.rig.stack.provider.control({"mode": "slow", "delay": 2.0})


def kill_routing(run: Underway) -> None:
    """SIGKILL with calls in flight, three times."""
    for share in (0.1, 0.35, 0.6):
        run.until(share)
        run.in_flight(50)
        run.rig.the("routing").kill()
        run.rig.the("routing").start()


def kill_core_and_sinks(run: Underway) -> None:
    """SIGKILL of the other two apps."""
    for share, app in ((0.2, "core"), (0.4, "sinks"), (0.6, "core")):
        run.until(share)
        run.rig.the(app).kill()
        run.rig.the(app).start()


def terminate(run: Underway) -> None:
    """SIGTERM of each app in turn."""
    for share, app in ((0.2, "routing"), (0.4, "core"), (0.6, "sinks")):
        run.until(share)
        run.rig.the(app).stop()
        run.rig.the(app).start()


def freeze(run: Underway) -> None:
    """SIGSTOP for longer than the session time-out, then SIGCONT: a zombie among the living."""
    second = run.rig.add("routing")
    run.until(0.2)
    run.in_flight(50)
    zombie = run.rig.the("routing")
    run.rig.freeze(zombie)
    time.sleep(run.rig.settings.session_timeout_seconds * 2)
    run.rig.thaw(zombie)
    run.until(0.9)
    run.rig.remove(second)


def rebalance(run: Underway) -> None:
    """A worker of core and of routing added and removed under load, twice."""
    for share in (0.15, 0.5):
        run.until(share)
        added = [run.rig.add("routing"), run.rig.add("core")]
        run.until(share + 0.2)
        for worker in added:
            run.rig.remove(worker)


def restart_broker(run: Underway) -> None:
    """The broker killed and started again."""
    run.until(0.3)
    run.rig.stack.kafka.kill()
    time.sleep(1)
    run.rig.stack.kafka.start()


def clickhouse_gone(seconds: float) -> Callable[[Underway], None]:
    """ClickHouse killed and back after `seconds`."""

    def interfere(run: Underway) -> None:
        run.until(0.2)
        run.rig.stack.clickhouse.kill()
        time.sleep(seconds)
        run.rig.stack.clickhouse.start()

    return interfere


def redis_gone(run: Underway) -> None:
    """Redis killed, then back empty."""
    run.until(0.2)
    run.rig.stack.valkey.kill()
    run.until(0.6)
    run.rig.stack.valkey.start()


def provider_fails(run: Underway) -> None:
    """Every call fails for five seconds, then all is well."""
    run.until(0.3)
    run.rig.stack.provider.control({"mode": "fail"})
    time.sleep(5)
    run.rig.stack.provider.control({"mode": "ok"})


def provider_misbehaves(run: Underway) -> None:
    """Slow, garbage, 429 with Retry-After, connections cut: half of the calls, one kind after another."""
    kinds: tuple[dict[str, object], ...] = (
        {"mode": "slow", "delay": 3.0},
        {"mode": "garbage", "share": 0.5},
        {"mode": "rate-limit", "retry_after": 1, "share": 0.5},
        {"mode": "cut", "share": 0.5},
        {"mode": "garbage", "kind": "empty", "share": 0.5},
    )
    for number, kind in enumerate(kinds):
        run.until(0.1 + number * 0.15)
        run.rig.stack.provider.control(kind)
        time.sleep(3)
    run.rig.stack.provider.control({"mode": "ok"})


def provider_restarts(run: Underway) -> None:
    """The provider's server killed and back after three seconds."""
    run.until(0.3)
    run.rig.stack.provider.kill()
    time.sleep(3)
    run.rig.stack.provider.start()


def nothing(run: Underway) -> None:
    """No fault but the traffic itself."""


def twice(events: Sequence[Recorded]) -> Sequence[Recorded]:
    """Each event twice in a row."""
    return [event for event in events for _ in range(2)]


def flood(run: Underway) -> None:
    """3,000 records that nobody can read; the worker refuses to go on, and is told to."""
    run.until(0.3)
    producer = Producer({"bootstrap.servers": run.rig.settings.kafka_bootstrap})
    for number in range(3000):
        producer.produce(MESSAGES.name, b"poison %d" % number, learner_key("poison", str(number)))
        producer.poll(0)
    producer.flush(30)
    worker = run.rig.the("core")
    deadline = time.monotonic() + 60
    while worker.exit_code is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if worker.exit_code != EXIT_POISONED:
        raise LocalStackError(f"the flooded worker's exit code is {worker.exit_code}, not {EXIT_POISONED}")
    run.rig.drop(worker)
    run.rig.add("core", MASTERX_ACCEPT_POISON="true")


STUCK = "learner-00003"


def stuck_learner(run: Underway) -> None:
    """One learner's calls hang for as long as anyone waits."""
    run.rig.stack.provider.control({"mode": "hang", "user": f".*{STUCK}"})


def of_the_stuck(events: Sequence[Recorded]) -> int:
    """How many of the events are the stuck learner's."""
    return sum(event.event["learner_id"] == STUCK for event in events)


def few_of_the_stuck(events: Sequence[Recorded]) -> Sequence[Recorded]:
    """The events, with two messages of the stuck learner at most: each is answered only at its deadline."""
    kept: list[Recorded] = []
    for event in events:
        if event.event["learner_id"] != STUCK or of_the_stuck(kept) < 2:
            kept.append(event)
    return kept


CASES = (
    Case("routing killed", "SIGKILL with calls in flight, three times", kill_routing, True, slow_provider),
    Case("core, sinks killed", "SIGKILL of the other two apps", kill_core_and_sinks, True),
    Case("terminated", "SIGTERM of each app in turn", terminate, True, slow_provider),
    Case("zombie", "SIGSTOP for twice the session time-out, then SIGCONT", freeze, prepare=slow_provider),
    Case("rebalance", "workers added and removed under load, twice", rebalance, True),
    Case("broker restart", "broker killed and started again", restart_broker, True),
    Case("ClickHouse gone", "ClickHouse away for a minute", clickhouse_gone(60)),
    Case("Redis gone", "Redis killed, then back empty", redis_gone),
    Case("providers failing", "every call fails for five seconds", provider_fails, True),
    Case("providers misbehaving", "slow, garbage, 429, cut, empty, in turn", provider_misbehaves),
    Case("provider gone", "the provider's server killed and back", provider_restarts),
    Case("produced twice", "every message produced twice", nothing, events=twice),
    Case("poison", "3,000 unreadable records among the messages", flood),
    Case(
        "stuck learner",
        "one learner's calls hang",
        nothing,
        prepare=stuck_learner,
        events=few_of_the_stuck,
        by_provider=lambda sent: sent - 2,
    ),
    Case("schema change", "apps replaced by a version whose events have a field more, and back", deploy),
)
FULL_DISK = Case("table store full", "no room for core's tables, then room again", table_store_full)
SHORT_CLICKHOUSE = replace(
    next(case for case in CASES if case.name == "ClickHouse gone"),
    what="ClickHouse away for ten seconds",
    interfere=clickhouse_gone(10),
)


def chosen(short: bool) -> tuple[Case, ...]:
    """The cases of a full run, or those that CI has time for."""
    if not short:
        # First: a worker on an empty disk restores all that earlier cases have left, for longer than a run is patient.
        return (FULL_DISK, *CASES) if possible() else CASES
    return (*(case for case in CASES if case.short), SHORT_CLICKHOUSE)

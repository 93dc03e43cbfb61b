"""Decisions and rewards as the sink stores them, judged."""

import time
import uuid
from typing import Any

import numpy as np
import orjson
import pytest

from cli import exits
from schemas.codec import Event
from schemas.topics import RESPONSES, REWARDS, Topic
from tests.cli.conftest import Masterx
from tests.cli.explain.test_command import store
from tests.cli.samples import sample

pytestmark = pytest.mark.stack

# Mean rewards of the two providers, and how often the log picked them.
MEANS = {"dear": 0.6, "cheap": 0.2}
CHANCES = {"dear": 0.25, "cheap": 0.75}


def logged(tenant: str, count: int) -> list[tuple[Topic, Event]]:
    """Decisions of a policy that picks by chance, with their rewards; the last two were answered by a fallback, one by
    a provider that the policy might have picked. The first message's id is another learner's too: apps make them."""
    random = np.random.default_rng(7)
    now = time.time_ns() // 1000
    events: list[tuple[Topic, Event]] = []
    for number in range(count + 2):
        name = str(random.choice(list(CHANCES), p=list(CHANCES.values())))
        common: dict[str, Any] = {"tenant_id": tenant, "learner_id": "ada", "sent_at": now, "provider": name}
        common |= {"message_id": str(uuid.uuid4()), "response_id": str(uuid.uuid4()), "task": "explain"}
        chances = CHANCES if number != count else {"other": 1.0}
        weighed = [(name, MEANS.get(name, 0.0), chance) for name, chance in chances.items()]
        weighed.sort(key=lambda one: (one[0] == name) is (number > count))
        candidates = [{"provider": n, "score": score, "propensity": p, "reason": ""} for n, score, p in weighed]
        decision = {"policy": "test/1", "features": {"mastery": 0.5}, "candidates": candidates, "propensity": 0.5}
        response = {**sample("TutorResponse"), **common, "event_id": str(uuid.uuid4()), "source": "PROVIDER"}
        value = MEANS[name] + 0.2 * float(random.standard_normal())
        reward = {**sample("Reward"), **common, "event_id": str(uuid.uuid4()), "value": value}
        events += [(RESPONSES, {**response, "decision": decision}), (REWARDS, reward)]
        if number == 0:
            other = {"learner_id": "bob", "event_id": str(uuid.uuid4())}
            events.append((RESPONSES, {**response, **other, "decision": decision}))
        if number == 1:
            # What is left of one whose emotion scores have expired.
            old = {"response_id": str(uuid.uuid4()), "message_id": str(uuid.uuid4()), "event_id": str(uuid.uuid4())}
            emptied = {**response, **old, "decision": {**decision, "features": {}}}
            events += [(RESPONSES, emptied), (REWARDS, {**reward, **old})]
    return events


def test_policies_are_judged_on_what_is_stored(services: dict[str, str], masterx: Masterx, learner: str) -> None:
    tenant = learner.partition("/")[0]
    store(services, *logged(tenant, 300))
    done = masterx("policy", "evaluate", "--tenant", tenant, "--json", **services)
    assert done.code == exits.OK, done.err
    assert "300 decisions; 2 answered by a fallback left out" in done.err
    found = {row["policy"]: row for row in map(orjson.loads, done.out.splitlines())}
    worth = {"always:dear": 0.6, "always:cheap": 0.2, "uniform": 0.4, "greedy": 0.6, "logged": 0.3}
    assert found.keys() == worth.keys()
    for name, value in worth.items():
        for estimator in ("ips", "snips", "doubly_robust"):
            estimate = found[name][estimator]
            assert estimate["low"] - 0.05 <= value <= estimate["high"] + 0.05, (name, estimator, estimate)
    shown = masterx("policy", "evaluate", "greedy", "--tenant", tenant, **services)
    assert "doubly robust" in shown.out
    assert len(shown.out.splitlines()) >= 2


def test_what_can_not_be_judged_is_one_line(services: dict[str, str], masterx: Masterx, learner: str) -> None:
    tenant = learner.partition("/")[0]
    nothing = masterx("policy", "evaluate", "--tenant", f"{tenant}-nobody", **services)
    assert nothing.code == exits.NO_INPUT
    store(services, *logged(tenant, 5))
    unknown = masterx("policy", "evaluate", "always:nobody", "--tenant", tenant, **services)
    assert unknown.code == exits.USAGE
    assert "always:cheap" in unknown.err
    for days in ("x", "1e9", "inf"):
        assert masterx("policy", "evaluate", "--days", days, **services).code == exits.USAGE


def test_clickhouse_that_is_away_is_one_line(masterx: Masterx) -> None:
    away = masterx("policy", "evaluate", MASTERX_CLICKHOUSE_URL="http://127.0.0.1:1")
    assert away.code == exits.UNAVAILABLE
    assert len(away.err.strip().splitlines()) == 1

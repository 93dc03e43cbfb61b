"""Latencies stage by stage, whatever order the topics are read in."""

import itertools

import pytest

from cli.demo.seen.flow import Flow
from cli.demo.seen.record import Seen
from schemas.topics import ATTEMPTS, ENRICHED, MESSAGES, PROFILES, RESPONSES, SCORED, SIGNALS
from tests.cli.demo.records import seen

ONE = "one"


def way() -> list[Seen]:
    return [
        seen(MESSAGES, message_id=ONE, appended_ms=1_000),
        seen(ENRICHED, message_id=ONE, appended_ms=1_010),
        seen(SCORED, message_id=ONE, appended_ms=1_030),
        seen(RESPONSES, message_id=ONE, event_id="r", appended_ms=1_400, provider_ms=350.0),
        seen(PROFILES, caused_by="r", message_id=ONE, appended_ms=1_405),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_each_stage_is_measured_in_any_order(order: tuple[int, ...]) -> None:
    flow, records = Flow(), way()
    for index in order:
        flow.note(records[index])
    found = {topic.name: flow.figures(topic.name, 1.0).p50_ms for topic in (ENRICHED, SCORED, RESPONSES, PROFILES)}
    # What the provider took is not routing's.
    assert found == {ENRICHED.name: 10.0, SCORED.name: 20.0, RESPONSES.name: 20.0, PROFILES.name: 5.0}


def test_an_attempt_is_a_profiles_cause_too() -> None:
    flow = Flow()
    flow.note(seen(ATTEMPTS, event_id="a", appended_ms=2_000))
    flow.note(seen(PROFILES, caused_by="a", appended_ms=2_007))
    assert flow.figures(PROFILES.name, 1.0).p50_ms == 7.0


def test_a_record_without_its_cause_counts_but_has_no_latency() -> None:
    flow = Flow()
    flow.note(seen(ENRICHED, message_id="unknown", appended_ms=5))
    figures = flow.figures(ENRICHED.name, 1.0)
    assert (figures.rate, figures.p50_ms, figures.p99_ms) == (1.0, None, None)


def test_other_topics_are_no_stage() -> None:
    flow = Flow()
    flow.note(seen(SIGNALS))
    assert flow.figures(MESSAGES.name, 1.0).rate == 0.0

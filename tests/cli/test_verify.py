"""The checker must catch loss, duplicates and disorder, each on its own, and nothing in a clean run."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.verify import Evidence, Response, Sent, Verdict, check, percentile

SENT = tuple(Sent("message", f"m{n}", f"t/l{n % 3}") for n in range(12))


def response(n: int, **changes: object) -> Response:
    base = Response(f"m{n}", f"r{n}", f"t/l{n % 3}", f"reply {n}", True, turn=n // 3 + 1, latency_ms=float(n))
    return replace(base, **changes)  # type: ignore[arg-type]


ALL = tuple(response(n) for n in range(12))


def verdict(**changes: object) -> Verdict:
    evidence = Evidence(sent=SENT, received=ALL, rows=ALL)
    return check(replace(evidence, **changes))  # type: ignore[arg-type]


def test_a_clean_run_is_good() -> None:
    clean = verdict()
    assert clean.good
    assert clean.figures() == {
        "sent": 12,
        "answered": 12,
        "answered_by_provider": 12,
        "lost": 0,
        "duplicated": 0,
        "out_of_order": 0,
        "dead_lettered": 0,
        "p50_ms": 5.0,
        "p99_ms": 11.0,
    }


@given(st.integers(0, 2**32))
def test_any_interleaving_of_learners_is_in_order(seed: int) -> None:
    random = Random(seed)
    queues = {learner: [r for r in ALL if r.learner == learner] for learner in ("t/l0", "t/l1", "t/l2")}
    received = []
    while any(queues.values()):
        learner = random.choice([name for name, queue in queues.items() if queue])
        received.append(queues[learner].pop(0))
    assert verdict(received=received, rows=random.sample(ALL, 12)).good


@pytest.mark.parametrize("place", ["received", "rows"])
def test_an_answer_missing_in_one_place_is_lost(place: str) -> None:
    found = verdict(**{place: ALL[:4] + ALL[5:]})
    assert found.lost == ("m4",)
    assert (found.answered, found.good) == (11, False)


def test_a_refused_message_is_dead_lettered_and_not_lost() -> None:
    rest = ALL[:4] + ALL[5:]
    found = verdict(received=rest, rows=rest, dead_letters=frozenset({"m4", "not-ours"}))
    assert (found.lost, found.dead_lettered, found.answered, found.good) == ((), 1, 11, True)


def test_a_message_with_two_responses_is_duplicated() -> None:
    found = verdict(received=(*ALL, response(4, response_id="other")))
    assert found.duplicated == ("message m4",)


def test_two_responses_are_found_across_the_places() -> None:
    assert verdict(rows=(*ALL[:4], response(4, response_id="other"), *ALL[5:])).duplicated == ("message m4",)


@pytest.mark.parametrize("place", ["received", "rows"])
def test_one_response_with_two_bodies_is_duplicated(place: str) -> None:
    assert "response r4" in verdict(**{place: (*ALL, response(4, body="another reply"))}).duplicated


def test_a_row_that_differs_from_what_the_learner_read_is_duplicated() -> None:
    assert verdict(rows=(*ALL[:4], response(4, body="another reply"), *ALL[5:])).duplicated == ("response r4",)


def test_the_same_record_received_again_is_no_duplicate() -> None:
    assert verdict(received=(*ALL, ALL[4])).good


def test_a_row_that_an_analyst_counts_twice_is_duplicated() -> None:
    assert verdict(rows=(*ALL, ALL[4])).duplicated == ("row r4",)


def test_swapped_responses_of_one_learner_are_out_of_order() -> None:
    received = list(ALL)
    received[3], received[6] = received[6], received[3]
    assert verdict(received=received).out_of_order == ("m3",)


def test_swapped_responses_of_two_learners_are_in_order() -> None:
    received = list(ALL)
    received[3], received[4] = received[4], received[3]
    assert verdict(received=received).good


def test_turns_numbered_against_the_messages_order_are_out_of_order() -> None:
    rows = (*ALL[:3], response(3, turn=3), *ALL[4:6], response(6, turn=2), *ALL[7:])
    assert verdict(rows=rows).out_of_order == ("m6",)


def test_offline_replies_answer_but_not_by_a_provider() -> None:
    rows = (*ALL[:11], response(11, by_provider=False))
    found = verdict(rows=rows)
    assert (found.answered, found.answered_by_provider) == (12, 11)


def test_responses_to_messages_of_others_do_not_count() -> None:
    stranger = response(99)
    assert verdict(received=(*ALL, stranger), rows=(*ALL, stranger, stranger)).figures() == verdict().figures()


def test_attempts_are_answered_by_their_row() -> None:
    sent = tuple(Sent("attempt", f"a{n}", "t/l") for n in range(4))
    rows = Counter({"a0": 1, "a1": 1, "a2": 2, "elsewhere": 3})
    found = check(Evidence(sent=sent, attempt_rows=rows))
    assert (found.sent, found.answered, found.lost, found.duplicated) == (4, 3, ("a3",), ("row a2",))
    assert (found.p50_ms, found.p99_ms) == (None, None)


def test_the_latency_is_that_of_the_first_receipt() -> None:
    received = (response(0, latency_ms=5.0), response(0, latency_ms=900.0))
    assert check(Evidence(sent=SENT[:1], received=received, rows=ALL[:1])).p99_ms == 5.0


def test_nothing_sent_is_nothing_lost() -> None:
    found = check(Evidence(sent=()))
    assert (found.figures()["sent"], found.good) == (0, True)


def test_percentiles_are_of_the_nearest_rank() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7.0], 0.5)) == (50.0, 99.0, 7.0)
    assert percentile([], 0.99) is None

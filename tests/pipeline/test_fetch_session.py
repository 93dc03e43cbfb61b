from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch_session import LAST_EPOCH, Fetch, FetchSession, Place, by_topic

INVALID_EPOCH, UNKNOWN_SESSION = 71, 70


class Broker:
    """The broker's side of KIP-227: what it reads for each request."""

    def __init__(self) -> None:
        self.sessions: dict[int, tuple[int, dict[Place, int]]] = {}
        self.ids = 0

    def read(self, fetch: Fetch) -> tuple[int, int, dict[Place, int]]:
        """The error, the session's id, and place to offset of all that it reads."""
        if fetch.epoch == 0:
            self.sessions.pop(fetch.session_id, None)
            self.ids += 1
            self.sessions[self.ids] = (1, dict(fetch.changed))
            return 0, self.ids, dict(fetch.changed)
        if fetch.session_id not in self.sessions:
            return UNKNOWN_SESSION, 0, {}
        epoch, read = self.sessions[fetch.session_id]
        if fetch.epoch != epoch:
            return INVALID_EPOCH, 0, {}
        read = {place: offset for place, offset in read.items() if place not in fetch.forgotten} | dict(fetch.changed)
        self.sessions[fetch.session_id] = (1 if epoch == LAST_EPOCH else epoch + 1, read)
        return 0, fetch.session_id, read


PLACES = st.dictionaries(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 3)), st.integers(0, 5))
FATES = st.sampled_from(["answered", "answered", "answered", "lost before", "lost after", "evicted", "refused"])


@given(st.lists(st.tuples(PLACES, FATES), max_size=30))
def test_the_broker_reads_what_is_wanted_and_nothing_else_whatever_happens_to_requests(
    steps: list[tuple[dict[Place, int], str]],
) -> None:
    broker, session = Broker(), FetchSession()
    for wanted, fate in steps:
        if fate == "evicted":
            broker.sessions.clear()
        fetch = session.next(wanted)
        if fate == "lost before":
            session.failed()
            continue
        if fate == "refused":
            session.answered(0)
            continue
        error, id_, read = broker.read(fetch)
        if fate == "lost after":
            session.failed()
        elif error:
            session.failed(unknown=error == UNKNOWN_SESSION)
            assert broker.read(again := session.next(wanted)) == (0, broker.ids, wanted), again
            session.answered(broker.ids)
        else:
            assert read == wanted
            session.answered(id_)
    assert len(broker.sessions) <= 1 + sum(fate in ("lost after", "refused") for _, fate in steps)


def test_only_what_changed_is_named() -> None:
    session = FetchSession()
    first = session.next({("a", 0): 0, ("a", 1): 0, ("b", 0): 7})
    assert (first.session_id, first.epoch, len(first.changed)) == (0, 0, 3)
    session.answered(9)
    second = session.next({("a", 0): 4, ("a", 1): 0, ("c", 2): 1})
    assert second == Fetch(9, 1, ((("a", 0), 4), (("c", 2), 1)), (("b", 0),))
    session.answered(9)
    assert session.next({("a", 0): 4, ("a", 1): 0, ("c", 2): 1}) == Fetch(9, 2, (), ())


def test_a_broken_session_is_closed_by_the_request_that_opens_the_next_one() -> None:
    session = FetchSession()
    session.next({("a", 0): 0})
    session.answered(9)
    session.failed()
    assert session.next({("a", 0): 0}) == Fetch(9, 0, ((("a", 0), 0),), ())


def test_epochs_begin_again_at_one() -> None:
    session = FetchSession()
    session.next({})
    session.answered(9)
    session._epoch = LAST_EPOCH
    session.next({})
    session.answered(9)
    assert session.next({}).epoch == 1


def test_partitions_are_grouped_by_topic() -> None:
    assert by_topic([("a", 1), ("b", 0), ("a", 2)]) == [("a", [1, 2]), ("b", [0])]

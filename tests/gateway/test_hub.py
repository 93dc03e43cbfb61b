import pytest

from gateway.cursor import Cursor
from gateway.hub import Hub
from gateway.refusal import Refusal
from gateway.subscriber import Subscriber
from tests.gateway.frames import kept, token

ADA, BEN, OTHER = b"school/ada", b"school/ben", b"other/ada"


def stream() -> Subscriber:
    return Subscriber(staff=False, session=None, most=9, cursor=Cursor(0, 0, 0))


@pytest.mark.parametrize(
    ("open_", "key", "status", "code"),
    [((ADA, ADA), ADA, 429, "too_many_streams"), ((ADA, BEN, OTHER), BEN, 503, "too_many_connections")],
)
def test_no_more_streams_are_opened_than_are_allowed(
    open_: tuple[bytes, ...], key: bytes, status: int, code: str
) -> None:
    hub = Hub(most=3, most_each=2, followed=lambda *_: None)
    streams = [(each, stream()) for each in open_]
    for each, one in streams:
        hub.add(each, one)
    with pytest.raises(Refusal) as refused:
        hub.add(key, stream())
    assert (refused.value.status, refused.value.code) == (status, code)
    assert hub.open == len(open_)
    hub.remove(*streams[0])
    hub.add(key, stream())


def test_what_comes_goes_to_its_learner_s_streams_alone() -> None:
    followed: list[tuple[bytes, bool]] = []
    hub = Hub(most=9, most_each=9, followed=lambda key, yes: followed.append((key, yes)))
    first, second, ben, other = (stream() for _ in range(4))
    for key, one in ((ADA, first), (ADA, second), (BEN, ben), (OTHER, other)):
        hub.add(key, one)
    hub.deliver(kept(1, key=ADA))
    hub.tokens(ADA, token(1, "Half"))
    assert [len(one.drain()) for one in (first, second, ben, other)] == [2, 2, 0, 0]
    for one in (first, second):
        hub.remove(ADA, one)
    assert followed == [(ADA, True), (BEN, True), (OTHER, True), (ADA, False)]

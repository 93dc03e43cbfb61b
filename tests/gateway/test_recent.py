from dataclasses import replace

from gateway.cursor import RESPONSE
from gateway.recent import OVERHEAD, Recent
from gateway.seen import Seen
from tests.gateway.frames import kept


def test_it_gives_a_learners_records_from_an_offset_on() -> None:
    recent = Recent(100_000)
    recent.begin(RESPONSE, 0, 3)
    for offset, key in ((3, b"a"), (4, b"b"), (5, b"a"), (6, b"a")):
        recent.add(kept(offset, key))
    assert [entry.offset for entry in recent.after(b"a", RESPONSE, 4)] == [5, 6]
    assert recent.after(b"c", RESPONSE, 0) == []
    assert recent.floor(RESPONSE, 0) == 3
    assert recent.floor(RESPONSE, 1) is None


def test_the_oldest_go_first_and_the_floor_says_what_is_gone() -> None:
    recent = Recent(3 * (100 + OVERHEAD))
    recent.begin(RESPONSE, 0, 0)
    for offset in range(5):
        recent.add(kept(offset, b"a" if offset % 2 else b"b"))
    assert recent.floor(RESPONSE, 0) == 2
    assert [entry.offset for entry in recent.after(b"b", RESPONSE, 0)] == [2, 4]
    assert [entry.offset for entry in recent.after(b"a", RESPONSE, 0)] == [3]


def test_a_second_copy_is_known_by_its_id_and_the_first_stays_the_first() -> None:
    seen = Seen(2)
    assert seen.first("x", (0, 0, 5))
    assert not seen.first("x", (0, 0, 9))
    assert seen.first("x", (0, 0, 5))
    assert seen.first("y", (0, 0, 6))
    assert seen.first("z", (0, 0, 7))
    assert seen.first("x", (0, 0, 9))  # forgotten by now


def test_what_came_before_is_forgotten_and_what_it_took_up_is_free_again() -> None:
    recent = Recent(4 * (100 + OVERHEAD))
    recent.begin(RESPONSE, 0, 0)
    for offset, key in enumerate((b"a", b"b", b"a", b"a")):
        recent.add(replace(kept(offset, key), at=offset))
    recent.forget(b"a", 2)
    recent.forget(b"nobody", 2)
    assert [entry.offset for entry in recent.after(b"a", RESPONSE, 0)] == [3]
    for offset in (4, 5):
        recent.add(kept(offset, b"c"))
    assert [entry.offset for entry in recent.after(b"b", RESPONSE, 0)] == [1]
    assert recent.floor(RESPONSE, 0) == 0
    recent.add(kept(6, b"c"))
    assert recent.after(b"b", RESPONSE, 0) == []
    assert recent.floor(RESPONSE, 0) == 2
    recent.forget(b"a", 3)
    assert recent.after(b"a", RESPONSE, 0) == []

from gateway.cursor import INTERVENTION, RESPONSE, Cursor, parse
from gateway.subscriber import Subscriber
from tests.gateway.frames import kept, token


def subscriber(most: int = 16, *, staff: bool = False, session: str | None = None) -> Subscriber:
    return Subscriber(staff=staff, session=session, most=most, cursor=Cursor(0, 10, 5))


def test_frames_are_numbered_and_records_move_the_cursor() -> None:
    stream = subscriber()
    stream.take(kept(10))
    stream.take_tokens(token(0, "a"))
    stream.take(kept(7, kind=INTERVENTION))
    frames = stream.drain()
    assert [frame["seq"] for frame in frames] == [1, 2, 3]
    assert [frame.get("cursor") for frame in frames] == ["0-11-5", None, "0-11-8"]


def test_what_the_cursor_is_past_is_left_out() -> None:
    stream = subscriber()
    stream.take(kept(9))
    stream.take(kept(10))
    stream.take(kept(10))
    assert [frame["n"] for frame in stream.drain()] == [10]
    assert stream.passed(kept(10)) == []


def test_pieces_that_follow_each_other_are_one_frame_and_a_new_try_is_another() -> None:
    stream = subscriber()
    for frame in (token(0, "a"), token(1, "b"), token(3, "d"), token(0, "", 2), token(1, "n", 2)):
        stream.take_tokens(frame)
    assert stream.only_tokens
    assert [(f["try"], f["piece"], f["pieces"], f["text"]) for f in stream.drain()] == [
        (1, 0, 2, "ab"),
        (1, 3, 1, "d"),
        (2, 0, 2, "n"),
    ]


def test_a_slow_client_is_lost_for_good_and_holds_no_more_memory() -> None:
    stream = subscriber(most=2)
    for offset in range(10, 13):
        stream.take(kept(offset))
    assert stream.lost.is_set()
    stream.take(kept(13))
    assert stream.drain() == []


def test_a_stream_of_one_sitting_and_what_is_for_staff_alone() -> None:
    crisis = kept(8, kind=INTERVENTION)
    crisis.body["kind"] = "crisis"
    for staff, expected in ((True, 1), (False, 0)):
        stream = subscriber(staff=staff)
        stream.take(crisis)
        assert len(stream.drain()) == expected
        assert stream.cursor == Cursor(0, 10, 9)
    one = subscriber(session="a")
    one.take(kept(10, session_id="a"))
    one.take(kept(11, session_id="b"))
    one.take_tokens(token(0, "x", session="b"))
    one.take_tokens(token(0, "y", session="a"))
    assert [frame.get("n", frame.get("text")) for frame in one.drain()] == [10, "y"]
    assert one.cursor.next(RESPONSE) == 12


def test_cursors_survive_their_text_and_other_texts_are_none() -> None:
    assert parse(str(Cursor(3, 12, 7))) == Cursor(3, 12, 7)
    for text in ("", "3", "3-12", "a-b-c", "3-12-7-1", "-1-2-3", "1-" + "9" * 30 + "-1", "١-٢-٣ "):
        assert parse(text) is None

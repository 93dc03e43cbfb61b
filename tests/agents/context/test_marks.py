from agents.context.marks import FEWEST_CHARS, pieces
from agents.context.state import Turn


def turn(number: int, message: str, reply: str) -> Turn:
    return Turn(number, message, reply, number)


TALK = [
    turn(1, "", "A train leaves at 9:05 with Luciano on it and rides for 45 minutes."),
    turn(2, "is it 51", "Not quite, what is 9 + 5?"),
    turn(3, "ok", "Then we have 60% of the way left."),
]


def test_lists_numbers_and_names_with_what_they_count() -> None:
    [(text, value)] = pieces(TALK, "hm", 200)
    assert text.startswith("Said: ")
    for mark in ("9:05", "Luciano", "45 minutes", "51", "60%"):
        assert mark in text
    assert 0 < value < 1


def test_what_the_message_says_itself_is_left_out() -> None:
    [(text, _)] = pieces(TALK, "so 45 and 51?", 200)
    assert "45" not in text
    assert "51" not in text


def test_a_small_room_gets_short_pieces_the_likeliest_first() -> None:
    found = pieces(TALK, "", 12)
    assert len(found) > 1
    assert len(found[0][0]) <= max(FEWEST_CHARS, 12 * 3.2)
    assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)


def test_nothing_to_list_makes_no_piece() -> None:
    assert pieces([turn(1, "hello", "how are you")], "", 100) == []
    assert pieces([], "", 100) == []

from hypothesis import given
from hypothesis import strategies as st

from agents.context import tokens
from agents.context.choose import choose
from agents.context.layers import Piece, piece

words = st.lists(
    st.sampled_from(["slope", "line", "seven", "drums", "exam", "march", "ratio", "half", "third"]), max_size=12
)
pieces = st.lists(
    st.builds(
        lambda number, text, value, layer: piece(f"{layer}:{number}", layer, " ".join(text), value, "test"),
        st.integers(0, 99),
        words,
        st.floats(0, 2),
        st.sampled_from(["memory", "conversation", "profile"]),
    ),
    max_size=30,
    unique_by=lambda one: str(one["piece_id"]),
)


@given(pieces, st.integers(-50, 400))
def test_the_ranked_pieces_that_were_chosen_fit_the_budget(offered: list[Piece], budget: int) -> None:
    sent = choose(offered, budget)
    chosen = [one for one in sent if one["value"] >= 1]
    assert sum(one["tokens"] for one in chosen) <= max(0, budget)
    assert sent[: len(chosen)] == chosen
    known = {one["piece_id"]: one for one in offered}
    assert all({**one, "value": 0} == {**known[one["piece_id"]], "value": 0} for one in sent)
    assert all(one["tokens"] == tokens.count(one["text"]) for one in sent)


def test_what_is_said_already_is_not_sent_again() -> None:
    turn = piece("turn:1:user", "conversation", "My exam is on the 14th of March", 0.9, "", role="user", turn=1)
    same = piece("memory:1", "memory", "The learner said: My exam is on the 14th of March", 0.8, "")
    other = piece("memory:2", "memory", "The learner said: I play drums in a band", 0.1, "")
    assert [one["piece_id"] for one in choose([same, turn, other], 500)] == ["turn:1:user", "memory:2"]
    assert [one["piece_id"] for one in choose([same, other], 500)] == ["memory:1", "memory:2"]

from agents.emotion.encoder import MAX_TOKENS, TAIL_TOKENS, window


def test_short_texts_are_left_alone() -> None:
    assert window(list(range(MAX_TOKENS))) == list(range(MAX_TOKENS))


def test_of_long_texts_the_beginning_and_the_end_are_kept() -> None:
    kept = window(list(range(1000)))
    assert len(kept) == MAX_TOKENS
    assert kept[0] == 0
    assert kept[-TAIL_TOKENS:] == list(range(1000 - TAIL_TOKENS, 1000))

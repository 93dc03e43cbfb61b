from agents.context.encoder import unrationed
from agents.context.memory.recall import PENDING_A_CALL, by_letter, encode_pending, numbers, search
from agents.context.memory.store import Item, Memory

TEXTS = [
    "I play the drums in a band",
    "We did decimals in class and the book says 72",
    "My exam is on the 14th of March",
    "The slope is 3 and the intercept is 4.5",
    "Überall Ähnlichkeit",
]


def memory() -> Memory:
    return Memory.empty().add([Item(n, "said", "", n, 0, text) for n, text in enumerate(TEXTS)])


def test_by_letter_counts_rare_words_and_their_endings() -> None:
    assert by_letter(memory(), ["drum"]).tolist() == [1, 0, 0, 0, 0]
    assert by_letter(memory(), ["lope"]).tolist() == [0, 0, 0, 0, 0]
    assert by_letter(memory(), ["überall"]).tolist() == [0, 0, 0, 0, 1]
    assert by_letter(memory(), []).tolist() == [0] * 5
    assert by_letter(Memory.empty(), ["drum"]).tolist() == []


def test_numbers_are_counted_as_runs_of_digits() -> None:
    assert numbers(memory()).tolist() == [0, 1, 1, 3, 0]
    assert numbers(Memory.empty()).tolist() == []


def test_meaning_finds_what_shares_no_word() -> None:
    encoder = unrationed()
    encoded = memory()
    while not encoded.ready.all():
        before = int(encoded.ready.sum())
        encoded = encode_pending(encoded, encoder)
        assert int(encoded.ready.sum()) == min(len(TEXTS), before + PENDING_A_CALL)
    assert encode_pending(encoded, encoder) is encoded
    query = "What instrument and music would fit as an example for me?"
    found = search(encoded, query, encoder.encode([query])[0], 0, 3)
    assert encoded.text(found[0].index) == TEXTS[0]
    assert len(found) == 3


def test_without_a_vector_letters_decide() -> None:
    found = search(memory(), "Which slope and intercept?", None, 0, 1)
    assert [one.index for one in found] == [3]
    assert search(Memory.empty(), "anything", None, 0, 5) == []

import json

from tokenizers import Tokenizer

from agents.emotion.scorer import ARTEFACT
from benchmarks.emotion.vocabulary import SPECIAL, trimmed

TEXTS = ["i don't understand fractions", "thank you so much!", "why is 1/2 more than 1/4?"]
SHIPPED = (ARTEFACT / "tokenizer.json").read_text()


def tokenizer(stated: str) -> Tokenizer:
    made = Tokenizer.from_str(stated)
    made.no_padding()
    made.no_truncation()
    return made


def test_known_texts_stay_as_they_are_and_others_are_spelled() -> None:
    before = tokenizer(SHIPPED)
    smaller, kept = trimmed(SHIPPED, [before.encode(text).ids for text in TEXTS])
    after = tokenizer(smaller)
    assert after.get_vocab_size() == len(kept) < before.get_vocab_size()
    for text in TEXTS:
        assert [kept[number] for number in after.encode(text).ids] == before.encode(text).ids
    other = after.encode("perpendicular bisectors")
    assert "[UNK]" not in other.tokens
    assert "".join(piece.removeprefix("##") for piece in other.tokens[1:-1]) == "perpendicularbisectors"
    assert (other.tokens[0], other.tokens[-1]) == ("[CLS]", "[SEP]")


def test_special_pieces_stay_and_padding_is_0() -> None:
    smaller, _ = trimmed(SHIPPED, [])
    vocabulary = json.loads(smaller)["model"]["vocab"]
    assert all(piece in vocabulary for piece in SPECIAL)
    assert vocabulary["[PAD]"] == 0

"""A tokenizer with the words of the training texts alone, so that a deeper encoder fits the same artefact.

Word pieces that no training text holds are never fine-tuned. Without them the tokenizer spells their words with smaller
pieces; single letters, digits and signs stay, so that it can spell whatever is ASCII.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def trimmed(tokenizer: str, rows: Iterable[Sequence[int]]) -> tuple[str, list[int]]:
    """A tokenizer (JSON, WordPiece) with the pieces that `rows` of its ids hold, and the old id of each new one."""
    stated: dict[str, Any] = json.loads(tokenizer)
    vocabulary: dict[str, int] = stated["model"]["vocab"]
    used = {piece for row in rows for piece in row}
    kept = sorted(
        number
        for piece, number in vocabulary.items()
        if number in used or piece in SPECIAL or (piece.isascii() and len(piece.removeprefix("##")) == 1)
    )
    place = {number: at for at, number in enumerate(kept)}
    stated["model"]["vocab"] = {
        piece: place[number]
        for piece, number in sorted(vocabulary.items(), key=lambda item: item[1])
        if number in place
    }
    for token in stated["added_tokens"]:
        token["id"] = place[token["id"]]
    for token in stated["post_processor"]["special_tokens"].values():
        token["ids"] = [place[number] for number in token["ids"]]
    return json.dumps(stated, ensure_ascii=False), kept

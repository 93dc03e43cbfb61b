"""Who may be given a reply, and on what it rests.

A reply is given to questions of one form alone, word for word: a word more mostly asks for something else (York, New
York), and a sentence encoder takes the two for alike. A reply whose prompt held nothing of a learner may be given to
others of the same tenant. Any other reply is that learner's own, and only while the facts that it was built on stand.
Both are part of the key that it is kept under, so what is not allowed is not even looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from schemas.codec import Event
from schemas.ids import learner_key
from schemas.redis_keys import REPLIES

ScopeKind = Literal["learner", "tenant"]


@dataclass(frozen=True, slots=True)
class Scope:
    """`owner` is the learner's key or the tenant; `terms` a digest of all that the reply depends on besides."""

    kind: ScopeKind
    owner: str
    terms: str

    @property
    def key(self) -> str:
        """What the reply is kept under: one question in one scope has one, and no other has it."""
        return f"{REPLIES}{self.owner}:reply:{self.terms}"


def of_learner(scored: Event, instructions: str, template: str) -> Scope:
    """The learner's own replies, while what their profile and memory say stays as it is."""
    question = scored["question"]
    key = learner_key(scored["tenant_id"], scored["learner_id"]).decode()
    return Scope("learner", key, _digest([key, question["facts"], *_terms(scored, instructions, template)]))


def of_tenant(scored: Event, instructions: str, template: str) -> Scope:
    """Replies that any learner of the tenant may get."""
    return Scope("tenant", scored["tenant_id"], _digest([scored["tenant_id"], *_terms(scored, instructions, template)]))


def note_of(tenant: str, learner: str, message_id: str) -> str:
    """The key of the note that says under which key the reply to a message is kept."""
    return f"{REPLIES}{learner_key(tenant, learner).decode()}:given:{message_id}"


def is_general(considered: Iterable[Event]) -> bool:
    """Whether a prompt of these pieces held nothing of a learner but the question itself."""
    return all(piece["layer"] == "system" for piece in considered if piece["included"])


def _terms(scored: Event, instructions: str, template: str) -> list[str]:
    question = scored["question"]
    return [scored["language"] or "", template, instructions, question["frame"], *question["words"]]


def _digest(parts: Sequence[str]) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()

"""Who a request comes from, and whose data they may touch."""

from dataclasses import dataclass
from typing import Literal, get_args

from gateway.refusal import forbidden
from schemas.ids import learner_key

Role = Literal["learner", "staff", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
MOST_ID_CHARS = 256


@dataclass(frozen=True, slots=True)
class Principal:
    """`learner` is set for a learner; `expires_at` is seconds since the epoch, None for keys that do not expire.

    Whatever the role, nobody sees another tenant. Staff (a teacher, or an app's own server) act for every learner of
    their tenant; an admin also sees figures of the whole service.
    """

    tenant: str
    role: Role
    learner: str | None = None
    expires_at: float | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this is not just a learner."""
        return self.role != "learner"

    def learner_asked_for(self, asked: str | None) -> str:
        """The learner that a request is about. Raises `Refusal` for anybody whom this principal may not act for."""
        if not self.is_staff:
            if asked is not None and asked != self.learner:
                raise forbidden("a learner's token is for that learner alone")
            assert self.learner is not None
            return self.learner
        learner = asked or self.learner
        if learner is None:
            raise forbidden("this token is for staff: say which learner, by learner_id or ?learner=")
        if not is_id(learner):
            raise forbidden("there is no such learner")
        return learner

    def key(self, learner: str) -> bytes:
        """The Kafka key of a learner of this tenant."""
        return learner_key(self.tenant, learner)

    def require_staff(self) -> None:
        """Raises `Refusal` for a learner."""
        if not self.is_staff:
            raise forbidden("this is for staff")


def is_id(value: object) -> bool:
    """Whether `value` can be a tenant's or a learner's id."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MOST_ID_CHARS
        and bool(value.strip())
        and "/" not in value
        and value.isprintable()
    )

"""Whom a command is about."""

from dataclasses import dataclass

from cli.exits import USAGE, Failure

DEFAULT_TENANT = "demo"


@dataclass(frozen=True, slots=True)
class Who:
    """One learner of one tenant."""

    tenant: str
    learner: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.learner}"

    @property
    def key(self) -> bytes:
        """The Kafka key of everything that belongs to the learner."""
        from schemas.ids import learner_key

        return learner_key(self.tenant, self.learner)

    @property
    def parameters(self) -> dict[str, str]:
        """For queries that name `{tenant:String}` and `{learner:String}`."""
        return {"tenant": self.tenant, "learner": self.learner}

    def partition(self, count: int) -> int:
        """The partition of `count` that the learner's records lie in."""
        from aiokafka.partitioner import murmur2

        return int((murmur2(self.key) & 0x7FFFFFFF) % count)


def who(name: str) -> Who:
    """The learner that `[TENANT/]LEARNER` means. Raises `Failure` for what can name nobody."""
    from schemas.ids import can_name

    tenant, slash, learner = name.partition("/")
    if not slash:
        tenant, learner = DEFAULT_TENANT, name
    if not (can_name(tenant) and can_name(learner)):
        raise Failure(USAGE, f"{name[:80]!r} names no learner: give TENANT/LEARNER, such as school/ada")
    return Who(tenant, learner)

"""Whom a command is about."""

from dataclasses import dataclass

from cli.exits import USAGE, Failure

DEFAULT_TENANT = "demo"
MAX_ID_CHARS = 256


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
    tenant, slash, learner = name.partition("/")
    if not slash:
        tenant, learner = DEFAULT_TENANT, name
    for part in (tenant, learner):
        if not part.strip() or "/" in part or not part.isprintable() or len(part) > MAX_ID_CHARS:
            raise Failure(USAGE, f"{name[:80]!r} names no learner: give TENANT/LEARNER, such as school/ada")
    return Who(tenant, learner)

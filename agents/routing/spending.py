"""What was spent on whom, by UTC day: the part of each source partition, added up on reading."""

import json
from collections import Counter

# Days that are kept: today's, and yesterday's for what was appended before midnight.
DAYS = 2


class Spending:
    """Millionths of a dollar by partition, day (since 1970-01-01) and tenant."""

    def __init__(self) -> None:
        self._parts: dict[int, dict[int, Counter[str]]] = {}

    def add(self, part: int, day: int, tenant: str, micro_usd: int) -> None:
        """Take in what a message of partition `part` has cost."""
        days = self._parts.setdefault(part, {})
        days.setdefault(day, Counter())[tenant] += micro_usd
        for old in [known for known in days if known <= max(days) - DAYS]:
            del days[old]

    def usd(self, day: int, tenant: str | None = None) -> float:
        """US dollars spent on that day, on one tenant's learners or on all."""
        found = [days[day] for days in self._parts.values() if day in days]
        total = sum(spent[tenant] if tenant is not None else spent.total() for spent in found)
        return total / 1_000_000

    def dumps(self, part: int) -> bytes:
        """The sums of one partition, for others to add to theirs."""
        days = {str(day): dict(spent) for day, spent in self._parts.get(part, {}).items()}
        return json.dumps({"version": 1, "days": days}).encode()

    def take_part(self, part: int, stored: bytes) -> None:
        """The sums of a partition in place of what was known of it. Raises `ValueError`."""
        try:
            raw = json.loads(stored)
            if raw["version"] != 1:
                raise ValueError(f"spending of version {raw['version']}, this program reads 1")
            days = {
                int(day): Counter({str(tenant): int(micro_usd) for tenant, micro_usd in spent.items()})
                for day, spent in raw["days"].items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not spending: {error!r}") from error
        self._parts[part] = days

    def forget(self) -> None:
        """Nothing is known any more."""
        self._parts.clear()

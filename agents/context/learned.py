"""Hears on `masterx.shared` what rewards said of the layers' weights; the sums themselves are made with the rewards."""

from collections.abc import Collection, Sequence

import orjson

from agents.context.weights import KEY, LayerWeights
from schemas.codec import Event

KIND = "behaviour"


class LayersHeard:
    """The context stage's side of `masterx.shared`."""

    def __init__(self, weights: LayerWeights) -> None:
        self._weights = weights

    def take(self, event: Event, partitions: Collection[int]) -> None:
        """Read one SharedStatistics event; kinds that say nothing of layers are left alone. Raises ValueError for a
        damaged one."""
        if event["kind"] != KIND:
            return
        sums = orjson.loads(event["statistics"])["sums"]
        counted = {name: (one[0], one[1]) for name, one in sums.items() if name.startswith(f"{KEY}|")}
        self._weights.replace(event["source_partition"], counted)

    def done(self, partition: int, topic: str, offset: int) -> None:
        """A message teaches nothing by itself."""

    def refused(self, partition: int, topic: str, offset: int) -> None:
        """Nor does one that was refused."""

    def changed(self, partition: int) -> bool:
        """Never: nothing is published here."""
        return False

    def published(self, partition: int, now: int) -> Sequence[Event]:
        """Nothing."""
        return ()

    def revoked(self) -> None:
        """What others learned stays true."""

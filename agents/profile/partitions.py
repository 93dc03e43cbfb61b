"""The sums of the partitions that this worker owns: what a record teaches counts once the record is done."""

from collections.abc import Callable, Collection, Sequence

from agents.profile import layers
from agents.profile.observe import Observed
from agents.profile.shared import Learned, Shared, read
from agents.profile.state import ProfileState
from config.curriculum import Curriculum
from config.experiments import Experiment
from schemas.codec import Event


class SharedPartitions:
    """One `Shared` for each source partition."""

    def __init__(self, curriculum: Curriculum, experiments: tuple[Experiment, ...] = ()) -> None:
        self._curriculum = curriculum
        self._experiments = experiments
        self._shared: dict[int, Shared] = {}
        self._under_way: dict[tuple[int, str, int], Learned] = {}

    def of(self, partition: int) -> Shared:
        """What `partition` shares, made where it is asked for first."""
        shared = self._shared.get(partition)
        if shared is None:
            shared = self._shared[partition] = Shared(partition, self._curriculum, self._experiments)
        return shared

    def observe(
        self,
        observe: Callable[[ProfileState, Event, Shared], Observed],
        state: ProfileState,
        event: Event,
        stood: tuple[int, str, int],
    ) -> Observed:
        """Observe the event that stood at partition, topic, offset; what it teaches waits for `done`."""
        # A try before this one may have failed on what it was to store.
        self.refused(*stood)
        shared = self.of(stood[0])
        with shared.apart() as learned:
            observed = observe(state, event, shared)
            for reward in observed.rewards:
                layers.note(shared.behaviour, reward)
        if learned:
            self._under_way[stood] = learned
        return observed

    def done(self, partition: int, topic: str, offset: int) -> None:
        """The record at this place is done: what it taught counts."""
        learned = self._under_way.pop((partition, topic, offset), None)
        if learned is not None:
            self.of(partition).settle(learned)

    def refused(self, partition: int, topic: str, offset: int) -> None:
        """Nothing of the record at this place was stored: what it taught is taken back."""
        learned = self._under_way.pop((partition, topic, offset), None)
        if learned is not None:
            self.of(partition).undo(learned)

    def changed(self, partition: int) -> bool:
        """Whether records were done since the partition's sums were published last."""
        return self.of(partition).changed

    def published(self, partition: int, now: int) -> Sequence[Event]:
        """The partition's sums as SharedStatistics events; `now` in microseconds."""
        return self.of(partition).published(now)

    def take(self, event: Event, partitions: Collection[int]) -> None:
        """Read one SharedStatistics event for `partitions`. Raises ValueError for a damaged one."""
        sums = read(event)
        for partition in partitions if sums is not None else ():
            self.of(partition).put(event, sums)

    def revoked(self) -> None:
        """Every partition was given back: their owners count for them now."""
        self._shared.clear()
        self._under_way.clear()

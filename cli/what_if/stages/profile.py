"""The profile stage once more, in the order of the profiles that it published, which is the order in which it worked.

What other partitions have learned reaches the stage on `masterx.shared`, beside its inputs. Which publications it had
heard when it worked on an input is found by trying: no more than it had heard of before, then one more at a time, until
what came of the input comes out as it did. So is whether the partition had just changed hands, or its worker had been
started again: then its sums are those that were published last.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

from agents.profile import layers
from agents.profile.agent import OBSERVE
from agents.profile.observe import Observed
from agents.profile.shared import BEHAVIOUR, DIFFICULTY, Shared, read
from agents.profile.state import loads
from cli.what_if.program import Program
from cli.what_if.recording import Kept
from config.curriculum import load
from pipeline.shared.latest import Latest, topic_key
from schemas.codec import Event

# A publication is heard by then, microseconds after its append.
SURELY_HEARD = 1_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """So many publications, and whether the partition's sums were taken from the last of them just before."""

    count: int
    restarted: bool = False


class ProfileStage:
    """All learners' profiles, and what their partitions have learned of all of them. `publications` by append time."""

    def __init__(self, program: Program, publications: Sequence[Kept]) -> None:
        self._curriculum = load(program.settings.curriculum_file)
        self._experiments = program.experiments
        latest = Latest()
        news = [(kept.at, event) for kept in publications if (event := kept.event)["kind"] in (BEHAVIOUR, DIFFICULTY)]
        news = [(at, event) for at, event in news if latest.take(event)]
        self._times = [at for at, _ in news]
        self._publications = [(event, read(event)) for _, event in news]
        self._never_changing: dict[int, object] = {id(sums): sums for _, sums in self._publications}
        self._shared: dict[int, Shared] = {}
        self._heard: dict[int, int] = {}
        self._states: dict[bytes, bytes] = {}
        # Learners whose profiles have left what was recorded: there is nothing left to find out by them.
        self._astray: set[bytes] = set()

    def observed(
        self,
        kept: Kept,
        event: Event,
        until: int,
        heard: Heard | None,
        as_recorded: Callable[[Observed], bool],
    ) -> tuple[Observed, Heard]:
        """What `event`, which stood where `kept` did, led to by `until`, and what the stage had heard.

        Without `heard` that is searched for: see the module. `as_recorded` says whether it is what had come of it.
        """
        partition = kept.partition
        if heard is None:
            heard = self._find(kept, event, until, as_recorded)
        if heard.restarted:
            self._shared[partition] = self._restarted(partition, heard.count)
        else:
            self._hear(self._of(partition), self._heard.get(partition, 0), heard.count)
        self._heard[partition] = heard.count
        observed, self._states[kept.key] = self._observe(self._of(partition), kept, event)
        return observed, heard

    def _find(self, kept: Kept, event: Event, until: int, as_recorded: Callable[[Observed], bool]) -> Heard:
        before = self._heard.get(kept.partition, 0)
        least = max(before, bisect_left(self._times, kept.at - SURELY_HEARD))
        most = max(least, bisect_right(self._times, until))
        likely = max(least, min(most, bisect_right(self._times, kept.at)))
        if kept.key not in self._astray:
            for heard, shared in self._trials(kept.partition, before, least, most):
                if as_recorded(self._observe(shared, kept, event)[0]):
                    return heard
            self._astray.add(kept.key)
        return Heard(likely)

    def _trials(self, partition: int, before: int, least: int, most: int) -> Iterator[tuple[Heard, Shared]]:
        """All that the stage may have had, the likeliest first, each to be used once."""
        sums = self._copy(self._of(partition))
        self._hear(sums, before, least)
        for count in range(least, most + 1):
            if count > least:
                self._hear(sums, count - 1, count)
                if self._publications[count - 1][0]["source_partition"] == partition:
                    continue
            yield Heard(count), self._copy(sums)
        for count in dict.fromkeys((most, least)):
            yield Heard(count, restarted=True), self._restarted(partition, count)

    def _observe(self, shared: Shared, kept: Kept, event: Event) -> tuple[Observed, bytes]:
        with shared.apart() as learned:
            observed = OBSERVE[kept.topic.name](loads(self._states.get(kept.key)), event, shared)
            for reward in observed.rewards:
                layers.note(shared.behaviour, reward)
        shared.settle(learned)
        # As the stage stores it between two records: what packing rounds is rounded.
        return observed, observed.state.dumps()

    def _of(self, partition: int) -> Shared:
        if partition not in self._shared:
            self._shared[partition] = self._fresh(partition)
        return self._shared[partition]

    def _fresh(self, partition: int) -> Shared:
        return Shared(partition, self._curriculum, self._experiments)

    def _restarted(self, partition: int, count: int) -> Shared:
        """As a worker begins with a partition: everybody's last sums, the partition's own among them."""
        standing = {topic_key(event): (event, sums) for event, sums in self._publications[:count]}
        shared = self._fresh(partition)
        for event, sums in standing.values():
            shared.put(event, sums)
        return shared

    def _hear(self, shared: Shared, first: int, end: int) -> None:
        for event, sums in self._publications[first:end]:
            if event["source_partition"] != shared.partition:
                shared.put(event, sums)

    def _copy(self, shared: Shared) -> Shared:
        """Another one with the same sums; what never changes is not copied, published sums among it."""
        same = (shared.curriculum, shared.model, shared.experiments)
        return deepcopy(shared, {**self._never_changing, **{id(one): one for one in same}})

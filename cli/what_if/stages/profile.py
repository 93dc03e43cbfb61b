"""The profile stage once more, in the order of the profiles that it published, which is the order in which it worked.

What other partitions have learned reaches the stage on `masterx.shared`, beside its inputs. Which publications it had
heard when it worked on an input is found by trying: no more than it had heard of before, then one more at a time, until
what came of the input comes out as it did. So is whether the partition had just changed hands, or its worker had been
started again: then its sums are those that were published last.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
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
# A worker that began anew may show it only by a later input: so many are gone back for it.
MOST_GONE_BACK = 40


@dataclass(frozen=True, slots=True)
class Heard:
    """So many publications, and whether the partition's sums were taken from the last of them just before."""

    count: int
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the stage. `until` is when what came of it was appended, `as_recorded` says whether something is
    what had come of it."""

    id: str
    kept: Kept
    event: Event
    until: int
    as_recorded: Callable[[Observed], bool]


class ProfileStage:
    """All learners' profiles, and what their partitions have learned of all of them. `publications` by append time.

    `heard` says what the stage had heard before each input; without it that is searched for, see the module, and is
    in `heard` afterwards.
    """

    def __init__(
        self, program: Program, publications: Sequence[Kept], heard: Mapping[str, Heard] | None = None
    ) -> None:
        self._curriculum = load(program.settings.curriculum_file)
        self._experiments = program.experiments
        latest = Latest()
        news = [(kept.at, event) for kept in publications if (event := kept.event)["kind"] in (BEHAVIOUR, DIFFICULTY)]
        news = [(at, event) for at, event in news if latest.take(event)]
        self._times = [at for at, _ in news]
        self._publications = [(event, read(event)) for _, event in news]
        self._never_changing: dict[int, object] = {id(sums): sums for _, sums in self._publications}
        self._searching = heard is None
        self.heard: dict[str, Heard] = dict(heard or {})
        self._shared: dict[int, Shared] = {}
        self._count: dict[int, int] = {}
        self._states: dict[bytes, bytes] = {}
        # The last inputs of each partition, each with the learner's state before it.
        self._past: dict[int, deque[tuple[Input, bytes | None]]] = {}
        # Learners whose profiles have left what was recorded: there is nothing left to find out by them.
        self._astray: set[bytes] = set()

    def observed(self, given: Input) -> Observed:
        """What the input led to."""
        key, partition = given.kept.key, given.kept.partition
        heard = self.heard.get(given.id)
        if heard is None or self._searching:
            heard = self.heard[given.id] = self._find(given)
        if heard.restarted:
            self._shared[partition] = self._restarted(partition, heard.count)
        else:
            self._hear(self._of(partition), self._count.get(partition, 0), heard.count)
        self._count[partition] = heard.count
        if self._searching:
            past = self._past.setdefault(partition, deque(maxlen=MOST_GONE_BACK))
            past.append((given, self._states.get(key)))
        observed, self._states[key] = self._observe(self._of(partition), given, self._states.get(key))
        return observed

    def _find(self, given: Input) -> Heard:
        kept, partition = given.kept, given.kept.partition
        before = self._count.get(partition, 0)
        least = max(before, bisect_left(self._times, kept.at - SURELY_HEARD))
        most = max(least, bisect_right(self._times, given.until))
        if kept.key not in self._astray:
            state = self._states.get(kept.key)
            for heard, shared in self._trials(partition, before, least, most):
                if given.as_recorded(self._observe(shared, given, state)[0]):
                    return heard
            for heard in (Heard(count) for count in range(least, most + 1)):
                if self._begun_anew(given, heard):
                    return Heard(self._count[partition])
            self._astray.add(kept.key)
        return Heard(max(least, min(most, bisect_right(self._times, kept.at))))

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

    def _begun_anew(self, given: Input, heard: Heard) -> bool:
        """Whether a worker that began anew at one of the inputs before makes them and this one as recorded. What the
        partition holds is what that worker had then."""
        partition = given.kept.partition
        past = list(self._past.get(partition, ()))
        for first in range(len(past) - 1, -1, -1):
            begun = past[first][0]
            counts = self.heard[begun.id].count, bisect_right(self._times, begun.until)
            for count in dict.fromkeys(counts):
                replayed = self._again(past[first:], count, given, heard)
                if replayed is None:
                    continue
                self._shared[partition], states = replayed
                self._states |= states
                self.heard[begun.id] = Heard(count, restarted=True)
                for later, _ in past[first + 1 :]:
                    self.heard[later.id] = Heard(max(count, self.heard[later.id].count))
                self._past[partition].clear()
                return True
            if self.heard[begun.id].restarted:
                break
        return False

    def _again(
        self, past: Sequence[tuple[Input, bytes | None]], count: int, given: Input, heard: Heard
    ) -> tuple[Shared, dict[bytes, bytes]] | None:
        """The sums and the learners' states after `past`, begun anew; None where something is not as recorded."""
        shared = self._restarted(given.kept.partition, count)
        states: dict[bytes, bytes] = {}
        for place, (one, before) in enumerate(past):
            key = one.kept.key
            if place:
                then = max(count, self.heard[one.id].count)
                self._hear(shared, count, then)
                count = then
            observed, states[key] = self._observe(shared, one, states.get(key, before))
            if key not in self._astray and not one.as_recorded(observed):
                return None
        self._hear(shared, count, max(count, heard.count))
        key = given.kept.key
        trial, _ = self._observe(self._copy(shared), given, states.get(key, self._states.get(key)))
        if not given.as_recorded(trial):
            return None
        self._count[given.kept.partition] = max(count, heard.count)
        return shared, states

    def _observe(self, shared: Shared, given: Input, state: bytes | None) -> tuple[Observed, bytes]:
        with shared.apart() as learned:
            observed = OBSERVE[given.kept.topic.name](loads(state), given.event, shared)
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
        for key in sorted(standing):
            shared.put(*standing[key])
        return shared

    def _hear(self, shared: Shared, first: int, end: int) -> None:
        for event, sums in self._publications[first:end]:
            if event["source_partition"] != shared.partition:
                shared.put(event, sums)

    def _copy(self, shared: Shared) -> Shared:
        """Another one with the same sums; what never changes is not copied, published sums among it."""
        same = (shared.curriculum, shared.model, shared.experiments)
        return deepcopy(shared, {**self._never_changing, **{id(one): one for one in same}})

"""Workers that read a queue in order while their number changes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

STEP_SECONDS = 5
START_SECONDS = 45.0
"""From a pod's making to its joining the group: an image that the node has, Python, models. An assumption."""
REBALANCE_SECONDS = 20.0
"""In which the whole group stands still at each change: joining, and restoring the tables of 60,000 learners at the
rate that `make bench-restore` measured. Workers whose partitions stay go on sooner in truth."""

Decide = Callable[[float, int, float], int]
"""Time in seconds, pods, lag in records -> pods there are to be."""


@dataclass(slots=True)
class Course:
    """What came of it. By the minute: pods, and whether a record waited longer than the deadline."""

    pods: list[int] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    records: float = 0.0
    late_records: float = 0.0
    scalings: int = 0

    def replica_hours(self, first: int = 0) -> float:
        """Pods times hours, from minute `first` on."""
        return sum(self.pods[first:]) / 60.0


def run(
    minutes: list[float], per_worker: float, least: int, deadline: float, decide: Decide, every: int, counted_from: int
) -> Course:
    """Let `minutes` of records come to workers of `per_worker` records a second; ask `decide` every `every` seconds.

    Records and scalings count from minute `counted_from` on.
    """
    course = Course()
    waiting: deque[list[float]] = deque()
    lag = 0.0
    pods = working = least
    joining: deque[tuple[float, int]] = deque()
    still_until = 0.0
    for minute, total in enumerate(minutes):
        counts = minute >= counted_from
        rate = total / 60.0
        late = False
        course.records += total if counts else 0.0
        for step in range(60 // STEP_SECONDS):
            now = minute * 60.0 + step * STEP_SECONDS
            while joining and joining[0][0] <= now:
                working = joining.popleft()[1]
                still_until = now + REBALANCE_SECONDS
            if now % every == 0 and (wanted := decide(now, pods, lag)) != pods:
                course.scalings += counts
                if wanted > pods:
                    joining.append((now + START_SECONDS, wanted))
                else:
                    # The newest go first: those that have not joined yet, then workers, at once.
                    if wanted < working:
                        working, still_until = wanted, now + REBALANCE_SECONDS
                    joining = deque((at, min(then, wanted)) for at, then in joining if working < wanted)
                pods = wanted
            came = rate * STEP_SECONDS
            room = 0.0 if now < still_until else working * per_worker * STEP_SECONDS
            if not waiting and came <= room:
                continue
            waiting.append([now, came])
            lag += came
            while waiting and room > 0.0:
                at, left = waiting[0]
                done = min(left, room)
                room -= done
                lag -= done
                if now + STEP_SECONDS - at > deadline:
                    late = True
                    course.late_records += done if counts else 0.0
                if done == left:
                    waiting.popleft()
                else:
                    waiting[0][1] = left - done
            late = late or (bool(waiting) and now + STEP_SECONDS - waiting[0][0] > deadline)
            lag = lag if waiting else 0.0
        course.pods.append(pods)
        course.late.append(late)
    return course

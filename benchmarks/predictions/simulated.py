"""Leaving and returning, which no shared set records, on simulated learners: nothing here is data of people.

Each learner of `benchmarks.profile.learners` answers as described there and has habits of their own:

- within a session, each answer may be the last one, with log-odds `stay + temper · wrong answers in a row +
  minutes / 20`, where `stay` and `temper` differ by learner;
- the gap to the next session is log-normal around the learner's usual one, longer after a bad session;
- after any session the learner may be gone for good, with log-odds that fall with the share of right answers and rise
  with each session in which nothing went well.

The predictor knows none of these formulas: it counts situations. Everything is drawn from `random.Random(seed)`.
"""

import random
from heapq import heapify, heappop, heappush
from math import exp, log

from agents.profile.observe import observe_attempt, observe_signal
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from benchmarks.predictions.scored import Cases
from benchmarks.profile.learners import Learner, learner, sigmoid
from config.curriculum import Curriculum
from schemas.codec import Event
from schemas.ids import derived

DAY = 86_400.0
START = 1_700_000_000.0
WEEKS = 10
MOST = 40
"""Answers in one session."""
WARM_UP_WEEKS = 2
"""Weeks in which the situations are learned and nothing is scored."""


class Habits:
    """One learner's leaving and returning."""

    def __init__(self, number: int, curriculum: Curriculum) -> None:
        self.name = f"simulated-{number}"
        self.answers: Learner = learner(number, curriculum)
        self.rng = random.Random(f"habits/{number}")
        self.stay = self.rng.gauss(-3.6, 0.7)
        self.temper = max(self.rng.gauss(0.7, 0.4), 0.0)
        self.gap_days = exp(self.rng.gauss(log(2.0), 0.6))
        self.patience = self.rng.gauss(-4.2, 0.8)
        self.bad_sessions = 0
        self.concepts = list(curriculum.concepts.values())
        self.events = 0

    def session(self, at: float) -> list[Event]:
        """The attempts of one session that begins at `at`."""
        attempts: list[Event] = []
        began, wrong = at, 0
        concept = self.rng.choice(self.concepts)
        for _ in range(MOST):
            item = self.rng.choice(concept.items)
            at += self.answers.seconds()
            right = self.answers.answer(item, at)
            attempts.append(self._attempt(concept.id, item.id, right, at))
            wrong = 0 if right else wrong + 1
            if self.rng.random() < sigmoid(self.stay + self.temper * wrong + (at - began) / 1200.0):
                break
            at += self.rng.expovariate(1 / 15.0)
            if self.rng.random() < 0.15:
                concept = self.rng.choice(self.concepts)
        return attempts

    def next_session(self, attempts: list[Event]) -> float | None:
        """When the next one begins, seconds; None for never."""
        share = sum(one["correct"] for one in attempts) / len(attempts)
        self.bad_sessions = self.bad_sessions + 1 if share < 0.5 else 0
        if self.rng.random() < sigmoid(self.patience + 2.0 * (0.6 - share) + 0.4 * self.bad_sessions):
            return None
        days = self.gap_days * exp(self.rng.gauss(0.4 * (0.6 - share), 0.6))
        return float(attempts[-1]["sent_at"] / 1e6 + max(days, 0.1) * DAY)

    def base(self, what: str, at: float) -> Event:
        """The fields that all events have."""
        self.events += 1
        return {
            "event_id": derived(f"{self.name}/{self.events}", what),
            "tenant_id": "simulated",
            "learner_id": self.name,
            "session_id": None,
            "course_id": None,
            "sent_at": int(at * 1e6),
            "message_id": None,
        }

    def _attempt(self, concept: str, item: str, right: bool, at: float) -> Event:
        return self.base("attempt", at) | {
            "concept_id": concept,
            "item_id": item,
            "correct": right,
            "duration_ms": 20_000,
            "hints_used": 0,
            "answer": None,
        }


class School:
    """All simulated learners over `WEEKS` weeks, one clock; each week the learners get a clock's signal."""

    def __init__(self, learners: int) -> None:
        self.shared = Shared()
        self.learners = [Habits(number, self.shared.curriculum) for number in range(learners)]
        self.states = [ProfileState() for _ in self.learners]
        self.leaving = Cases()
        self.returning = Cases()
        self._ended_on_error: dict[str, float] = {}
        self._rule: dict[tuple[str, int], float] = {}
        self._until = START + WEEKS * 7 * DAY

    def run(self) -> dict[str, Cases]:
        """Predict, then let it happen."""
        queue = [(START + one.rng.uniform(0.0, 10 * DAY), place) for place, one in enumerate(self.learners)]
        heapify(queue)
        week = 1
        while queue:
            at, place = heappop(queue)
            while at > START + week * 7 * DAY and week <= WEEKS:
                self._weekly(START + week * 7 * DAY)
                week += 1
            if at > self._until:
                break
            following = self._sit(place, at)
            if following is not None:
                heappush(queue, (following, place))
        while week <= WEEKS:
            self._weekly(START + week * 7 * DAY)
            week += 1
        return {"leaving": self.leaving, "returning": self.returning}

    def _sit(self, place: int, at: float) -> float | None:
        who, state = self.learners[place], self.states[place]
        attempts = who.session(at)
        for attempt in attempts:
            self._returns(who, observe_attempt(state, attempt, self.shared).learning_events)
        last = attempts[-1]["sent_at"] / 1e6
        closing = who.base("closed", last + 1.0) | {"kind": "SESSION_CLOSED"}
        for event in observe_signal(state, closing, self.shared).learning_events:
            if event["kind"] == "giving_up_predicted" and at > START + WARM_UP_WEEKS * 7 * DAY:
                made_at = int(event["detail"]["predicted_at"]) / 1e6
                rule = self._ended_on_error.get(who.name, 0.5)
                made_after = int(event["detail"]["session_attempts"])
                wrong = _wrong_in_a_row(attempts[:made_after])
                lead = last - made_at
                if lead > 0.0:
                    # Made at the last answer, it comes too late to do anything.
                    self.leaving.add(event["outcome"], event["predicted"], rule, lead, who.name, wrong_in_a_row=wrong)
        self._ended_on_error[who.name] = float(not attempts[-1]["correct"])
        return who.next_session(attempts)

    def _weekly(self, at: float) -> None:
        for who, state in zip(self.learners, self.states, strict=True):
            if not state.at:
                continue
            silent = at - max(state.session.last, state.last_end) / 1e6
            signal = who.base("clock", at) | {"kind": "OTHER"}
            if silent < 4 * 7 * DAY:
                # Who was silent for four weeks is gone by anyone's rule.
                not_passing = state.correct < 0.6 * state.attempts
                self._rule[who.name, signal["sent_at"]] = float(silent > 7 * DAY) + float(not_passing)
            self._returns(who, observe_signal(state, signal, self.shared).learning_events)

    def _returns(self, who: Habits, events: list[Event]) -> None:
        for event in events:
            if event["kind"] != "away_next_week_predicted":
                continue
            made_at = int(event["detail"]["predicted_at"])
            rule = self._rule.get((who.name, made_at))
            if rule is None or made_at / 1e6 < START + WARM_UP_WEEKS * 7 * DAY:
                continue
            self.returning.add(
                event["outcome"],
                event["predicted"],
                float(rule >= 2.0),
                7 * DAY,
                who.name,
                silent_days=float(event["detail"]["silent_days"]),
                either=rule,
            )


def _wrong_in_a_row(attempts: list[Event]) -> float:
    count = 0
    for attempt in reversed(attempts):
        if attempt["correct"]:
            break
        count += 1
    return float(count)


def school(learners: int) -> dict[str, Cases]:
    """Leaving and returning of that many simulated learners."""
    return School(learners).run()

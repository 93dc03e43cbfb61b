"""Learning DNA: traits of a learner, each by a formula over events, with its evidence and uncertainty.

Nothing here is a type that a learner is sorted into: each trait is a number about what was done, and one without
evidence has no value. All are fading averages (`averages`), so `evidence` is the effective number of events.

| trait | formula | unit |
| --- | --- | --- |
| pace | exp of the mean log of (duration of an attempt / what all learners take on that concept) | × typical time |
| persistence | share of wrong answers followed by another attempt in the same session | share |
| help_seeking | share of wrong answers followed by a message, or by hints on the next attempt | share |
| curiosity | share of messages about concepts other than the one at hand | share |
| depth_preference | mean reward of long replies (over 250 tokens) less that of short ones (under 100) | reward |
| example_preference | mean reward of replies made to explain or show an example, less of those made to ask | reward |
| attention_span | exp of the mean log of a session's length | minutes |
| time_of_day_effect | amplitude of right − expected over the hour of day, first harmonic | probability |
| best_hour | hour (UTC) of that harmonic's top, where the amplitude exceeds twice its standard error | hour |
| careless_errors | share of wrong answers on concepts that were expected right with 0.8 or more | share |
| repeated_errors | share of wrong answers that follow a wrong answer on the same concept | share |
| hasty_errors | share of wrong answers given in less than half of the learner's usual time | share |
"""

from math import atan2, cos, exp, hypot, log, pi, sin, sqrt
from typing import Any

from agents.profile import averages
from agents.profile.averages import Sums

(
    PACE,
    PERSISTENCE,
    HELP,
    CURIOSITY,
    SHORT,
    LONG,
    SHOWN,
    ASKED,
    SESSION_LENGTH,
    DAY_COS,
    DAY_SIN,
    CARELESS,
    REPEATED,
    HASTY,
    GAP,
    ATTEMPT_TIME,
    GAVE_UP,
    STAYED_AWAY,
) = range(18)
QUANTITIES = 18

SHORT_TOKENS = 100
LONG_TOKENS = 250
HASTY_RATIO = 0.5
KNOWN = 0.8
DAY = 86_400_000_000
MIN_SECONDS, MAX_SECONDS = 0.2, 3600.0

Trait = dict[str, Any]


def seconds(duration_ms: int | None) -> float | None:
    """An attempt's duration in seconds, kept within what a person can have needed; None where unknown."""
    if duration_ms is None or duration_ms <= 0:
        return None
    return min(max(duration_ms / 1000.0, MIN_SECONDS), MAX_SECONDS)


def note_attempt(
    sums: Sums, *, correct: bool, expected: float, streak: int, taken: float | None, typical_log: float | None, at: int
) -> bool:
    """Count one attempt. `streak` is the concept's before it, `taken` its seconds, `typical_log` the mean log
    seconds of all learners on the concept. Returns whether it was quicker than half of the learner's usual."""
    quick = False
    if taken is not None:
        pace = log(taken) - typical_log if typical_log is not None else None
        if pace is not None:
            usual = averages.mean(sums, PACE, 0.0, 3.0)
            quick = pace < usual + log(HASTY_RATIO)
            averages.note(sums, PACE, pace)
        averages.note(sums, ATTEMPT_TIME, log(taken))
    if not correct:
        averages.note(sums, CARELESS, 1.0 if expected >= KNOWN else 0.0)
        averages.note(sums, REPEATED, 1.0 if streak < 0 else 0.0)
        if taken is not None:
            averages.note(sums, HASTY, 1.0 if quick else 0.0)
    surprise = (1.0 if correct else 0.0) - expected
    angle = 2.0 * pi * (at % DAY) / DAY
    averages.note(sums, DAY_COS, surprise * cos(angle))
    averages.note(sums, DAY_SIN, surprise * sin(angle))
    return quick


def note_help(sums: Sums, sought: bool) -> None:
    """Count whether help was sought after a wrong answer."""
    averages.note(sums, HELP, 1.0 if sought else 0.0)


def note_message(sums: Sums, concepts: list[str], focus: str | None) -> None:
    """Count whether a message is about something else than the concept at hand; one about nothing does not count."""
    if concepts and focus is not None:
        averages.note(sums, CURIOSITY, 0.0 if focus in concepts else 1.0)


def note_reply_worth(sums: Sums, tokens: int, form: str | None, worth: float) -> None:
    """Count what a reply of `tokens` tokens, made while the next step was `form`, was worth."""
    if tokens < SHORT_TOKENS:
        averages.note(sums, SHORT, worth)
    elif tokens > LONG_TOKENS:
        averages.note(sums, LONG, worth)
    if form in ("worked_example", "explain"):
        averages.note(sums, SHOWN, worth)
    elif form is not None:
        averages.note(sums, ASKED, worth)


def difference(sums: Sums, first: int, second: int) -> tuple[float, float] | None:
    """Mean of `first` less that of `second` and its standard error; None unless both have evidence."""
    if averages.count(sums, first) <= 0.0 or averages.count(sums, second) <= 0.0:
        return None
    error = hypot(averages.standard_error(sums, first, 0.25), averages.standard_error(sums, second, 0.25))
    return averages.mean(sums, first) - averages.mean(sums, second), error


def harmonic(sums: Sums) -> tuple[float, float, float] | None:
    """Amplitude of the time-of-day effect, its standard error, and the hour of its top; None without evidence."""
    n = averages.count(sums, DAY_COS)
    if n <= 0.0:
        return None
    a, b = 2.0 * averages.mean(sums, DAY_COS), 2.0 * averages.mean(sums, DAY_SIN)
    squares = (sums[DAY_COS * averages.WIDTH + 2] + sums[DAY_SIN * averages.WIDTH + 2] + 0.4) / (n + 2.0)
    return hypot(a, b), sqrt(2.0 * squares / n), (atan2(b, a) / (2.0 * pi) * 24.0) % 24.0


def traits(sums: Sums) -> list[Trait]:
    """All traits as LearnerProfile has them."""
    return [
        _ratio(sums, "pace", PACE, "x typical time", 0.25),
        _share(sums, "persistence", PERSISTENCE),
        _share(sums, "help_seeking", HELP),
        _share(sums, "curiosity", CURIOSITY),
        _difference(sums, "depth_preference", LONG, SHORT),
        _difference(sums, "example_preference", SHOWN, ASKED),
        _ratio(sums, "attention_span", SESSION_LENGTH, "minutes", 1.0),
        *_time_of_day(sums),
        _share(sums, "careless_errors", CARELESS),
        _share(sums, "repeated_errors", REPEATED),
        _share(sums, "hasty_errors", HASTY),
    ]


def _trait(name: str, unit: str, evidence: float, value: float | None, uncertainty: float | None) -> Trait:
    return {"name": name, "value": value, "unit": unit, "evidence": int(evidence + 0.5), "uncertainty": uncertainty}


def _share(sums: Sums, name: str, quantity: int) -> Trait:
    # The posterior of `averages.share`, written out: this is made six times an event.
    at = quantity * averages.WIDTH
    n = sums[at]
    if n <= 0.0:
        return {"name": name, "value": None, "unit": "share", "evidence": 0, "uncertainty": None}
    p = (sums[at + 1] + 1.0) / (n + 2.0)
    error = sqrt(p * (1.0 - p) / (n + 3.0))
    return {"name": name, "value": p, "unit": "share", "evidence": int(n + 0.5), "uncertainty": error}


def _ratio(sums: Sums, name: str, quantity: int, unit: str, prior: float) -> Trait:
    evidence = sums[quantity * averages.WIDTH]
    if evidence <= 0.0:
        return _trait(name, unit, 0.0, None, None)
    value = exp(averages.mean(sums, quantity))
    # The standard error of exp(m) is exp(m) times that of m, to first order.
    return _trait(name, unit, evidence, value, value * averages.standard_error(sums, quantity, prior))


def _difference(sums: Sums, name: str, first: int, second: int) -> Trait:
    found = difference(sums, first, second)
    if found is None:
        return _trait(name, "reward", 0.0, None, None)
    evidence = min(averages.count(sums, first), averages.count(sums, second))
    return _trait(name, "reward", evidence, found[0], found[1])


def _time_of_day(sums: Sums) -> tuple[Trait, Trait]:
    found = harmonic(sums)
    if found is None:
        return (
            _trait("time_of_day_effect", "probability", 0.0, None, None),
            _trait("best_hour", "hour", 0.0, None, None),
        )
    amplitude, error, hour = found
    evidence = averages.count(sums, DAY_COS)
    effect = _trait("time_of_day_effect", "probability", evidence, amplitude, error)
    if amplitude <= 2.0 * error:
        return effect, _trait("best_hour", "hour", evidence, None, None)
    return effect, _trait("best_hour", "hour", evidence, hour, error / amplitude * 24.0 / (2.0 * pi))

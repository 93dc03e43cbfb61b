"""Patterns of behaviour, each by a published definition, as learning events when they show.

| kind | when | after |
| --- | --- | --- |
| wheel_spinning | the tenth attempt on a concept passes without mastery | Beck & Gong, Wheel-spinning: students who fail to master a skill, AIED 2013 |
| rapid_guess | an answer takes less than a tenth of what all learners take, ten seconds at most (NT10) | Wise & Ma, Setting response time thresholds for a CAT item pool, NCME 2012; Wise & Kong, Response time effort, AME 2005 |
| help_abuse | two or more hints before an answer, read for less than `HINT_SECONDS` each | Aleven, McLaren, Roll & Koedinger, Toward meta-cognitive tutoring: a model of help seeking, IJAIED 2006 |
| productive_struggle | a concept is mastered after `STRUGGLE_ERRORS` or more wrong answers, most of them no rapid guesses | Kapur, Productive failure, Cognition and Instruction 2008; Warshauer, JMTE 2015 |
| fading | three gaps between sessions in a row, each longer than the one before, the last over twice the learner's usual | the "disengaging" course of Kizilcec, Piech & Schneider, Deconstructing disengagement, LAK 2013 |

All are functions of the learner's state and one event, so a replay gives the same ones. Mastery is the profile's own.
"""  # noqa: E501

from math import exp

from agents.profile import averages
from agents.profile.concepts import Concept
from agents.profile.events import learning_event
from agents.profile.state import ProfileState
from agents.profile.traits import GAP, HASTY
from schemas.codec import Event

WHEEL_SPINNING, RAPID_GUESS, HELP_ABUSE = "wheel_spinning", "rapid_guess", "help_abuse"
PRODUCTIVE_STRUGGLE, FADING = "productive_struggle", "fading"
KINDS = (WHEEL_SPINNING, RAPID_GUESS, HELP_ABUSE, PRODUCTIVE_STRUGGLE, FADING)

OPPORTUNITIES = 10
RAPID_SHARE, RAPID_MOST_SECONDS = 0.1, 10.0
HINTS, HINT_SECONDS = 2, 3.0
STRUGGLE_ERRORS = 3
MOSTLY_HASTY = 0.5
LONGER_GAPS = 3
FADING_RATIO = 2.0
DAY = 86_400_000_000


def is_wheel_spinning(attempts: int, mastered: bool) -> bool:
    """Whether this attempt is the one at which practice turns out not to lead to mastery; once a concept."""
    return attempts == OPPORTUNITIES and not mastered


def rapid_threshold(typical_seconds: float) -> float:
    """Seconds below which an answer can't have been thought about."""
    return min(RAPID_SHARE * typical_seconds, RAPID_MOST_SECONDS)


def is_rapid_guess(seconds: float | None, typical_log: float | None) -> bool:
    """Whether the answer came too quickly; never where the time or what is typical is unknown."""
    return seconds is not None and typical_log is not None and seconds < rapid_threshold(exp(typical_log))


def is_help_abuse(hints: int, seconds: float | None) -> bool:
    """Whether hints were clicked through rather than read."""
    return seconds is not None and hints >= HINTS and seconds < HINT_SECONDS * hints


def is_productive_struggle(attempts: int, correct: int, hasty: float) -> bool:
    """Whether mastery was reached through errors. `hasty`: the learner's share of hasty answers among wrong ones."""
    return attempts - correct >= STRUGGLE_ERRORS and hasty < MOSTLY_HASTY


def grown(gaps: list[float], gap: float) -> list[float]:
    """The run of ever longer gaps that `gap` ends, newest last, at most `LONGER_GAPS` of them."""
    return [*gaps, gap][-LONGER_GAPS:] if not gaps or gap > gaps[-1] else [gap]


def is_fading(gaps: list[float], usual_days: float | None) -> bool:
    """Whether the learner comes ever more seldom. `usual_days` is None before there is a usual gap."""
    return usual_days is not None and len(gaps) >= LONGER_GAPS and gaps[-1] > FADING_RATIO * usual_days


def of_attempt(
    state: ProfileState,
    concept: Concept,
    name: str,
    attempt: Event,
    seconds: float | None,
    typical_log: float | None,
    just_mastered: bool,
) -> list[Event]:
    """The patterns that one attempt shows, after the state has counted it."""
    found: list[Event] = []
    if is_rapid_guess(seconds, typical_log):
        assert typical_log is not None
        detail = {"threshold_s": f"{rapid_threshold(exp(typical_log)):.2f}", "correct": str(attempt["correct"]).lower()}
        found.append(_event(attempt, RAPID_GUESS, name, seconds, detail))
    if is_help_abuse(attempt["hints_used"], seconds):
        found.append(_event(attempt, HELP_ABUSE, name, float(attempt["hints_used"]), {"seconds": f"{seconds:.2f}"}))
    if is_wheel_spinning(concept.attempts, bool(concept.mastered)):
        found.append(_event(attempt, WHEEL_SPINNING, name, concept.known, {"correct": str(concept.correct)}))
    if just_mastered:
        hasty = averages.mean(state.sums, HASTY)
        if is_productive_struggle(concept.attempts, concept.correct, hasty):
            errors = float(concept.attempts - concept.correct)
            found.append(_event(attempt, PRODUCTIVE_STRUGGLE, name, errors, {"attempts": str(concept.attempts)}))
    return found


def of_return(state: ProfileState, cause: Event, gap: int) -> list[Event]:
    """The pattern that a return after `gap` microseconds shows, before the gap counts among the usual ones."""
    usual = exp(averages.mean(state.sums, GAP)) if averages.count(state.sums, GAP) > 0.0 else None
    gaps = state.standing[FADING] = grown(state.standing.get(FADING, []), round(gap / DAY, 3))
    if not is_fading(gaps, usual):
        return []
    state.standing[FADING] = gaps[-1:]
    return [learning_event(cause, FADING, value=gaps[-1], detail={"usual_days": f"{usual:.2f}"})]


def _event(attempt: Event, kind: str, concept: str, value: float | None, detail: dict[str, str]) -> Event:
    return learning_event(attempt, kind, concept=concept, item=attempt["item_id"], value=value, detail=detail)

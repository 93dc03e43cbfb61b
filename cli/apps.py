"""Which stages each worker app runs: the one place where agents, sinks and pipeline meet."""

import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings
    from pipeline.delivery.intake import Check
    from pipeline.delivery.stage import Stage
    from schemas.codec import Event

# By module name, so that a worker imports what it runs and no more: `routing` alone pays for the providers' client.
APPS: dict[str, tuple[str, ...]] = {
    "core": ("agents.context.agent", "agents.emotion.agent", "agents.profile.agent", "agents.analytics.agent"),
    "routing": ("agents.routing.agent",),
    "sinks": ("sinks.agent",),
}
MICROS = 1_000_000


def stages(app: str, settings: "Settings") -> "tuple[Stage, ...]":
    """The stages of `app`, models and clients loaded. Raises `KeyError` for an unknown app."""
    made: list[Stage] = []
    for module in APPS[app]:
        stage = import_module(module).stage(settings, *_handed(module, settings))
        made.extend(stage if isinstance(stage, tuple) else (stage,))
    return tuple(made)


def _handed(module: str, settings: "Settings") -> "tuple[object, ...]":
    """What a stage gets besides the settings: an agent does no I/O that it was not handed."""
    if module != "agents.routing.agent":
        return ()
    from config.redis import url as redis_url
    from pipeline.notices import RedisNotices
    from pipeline.replies import RedisReplies
    from pipeline.tokens import TokenPublisher

    url = redis_url(settings)
    return TokenPublisher(url), RedisReplies(url), RedisNotices(url)


def check(settings: "Settings") -> "Check":
    """What delivery asks about each decoded record before a stage sees it."""
    from agents.context import validate
    from pipeline.delivery.record import Refused

    checks: dict[str, Callable[[Event, Settings, int], None]] = {
        "LearnerMessage": validate.check,
        "Attempt": validate.check_attempt,
        "Feedback": validate.check_feedback,
        "Signal": validate.check_signal,
        "Erasure": validate.check_erasure,
    }

    def checked(name: str, event: "Event", appended_at: int) -> None:
        if name not in checks:
            return
        try:
            # The broker's clock decides what lies in the future, so that a replay decides the same.
            checks[name](event, settings, appended_at or int(time.time() * MICROS))
        except validate.InvalidEventError as error:
            raise Refused(error.reason, str(error)) from error

    return checked

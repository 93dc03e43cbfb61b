"""What went wrong, in one line for people."""

import errno
import re
from typing import Any

from cli.exits import BAD_INPUT, BAD_SETTING, CANNOT_CREATE, DEFECT, NO_INPUT, UNAVAILABLE, Failure

FORBIDDEN = frozenset(f"{what}_AUTHORIZATION_FAILED" for what in ("TOPIC", "GROUP", "CLUSTER"))
TOO_LARGE = "MSG_SIZE_TOO_LARGE"
SHOW_TRACEBACK = "MASTERX_LOG_LEVEL=DEBUG shows where"


def to_failure(error: Exception) -> Failure:
    """The line and exit code for `error`. Anything unknown is a defect of the program."""
    if isinstance(error, Failure):
        return error
    # By module name, so that no client library is imported to explain an error that is not its own.
    family = type(error).__module__.split(".", 1)[0]
    explain = FAMILIES.get(family)
    if explain is not None:
        return explain(error)
    if isinstance(error, OSError):
        return _system(error)
    return Failure(DEFECT, f"unexpected {type(error).__name__}: {error}; {SHOW_TRACEBACK}")


def bad_settings(error: Any) -> Failure:
    """One line for a pydantic `ValidationError` of the settings."""
    from config.invalid import said

    lines = []
    for item in error.errors():
        what = said(item)
        name = "_".join(str(part) for part in item["loc"]).upper()
        # Of an address without its login, whatever signs that has: the line may end up in a log.
        given = re.sub("//.*@", "//", str(item["input"]), flags=re.DOTALL)
        lines.append(f"MASTERX_{name}={given!r}: {what[:1].lower()}{what[1:]}")
    return Failure(BAD_SETTING, f"wrong setting {'; '.join(lines)}")


def _unreadable_settings(error: Exception) -> Failure:
    cause = f" ({error.__cause__})" if error.__cause__ is not None else ""
    return Failure(BAD_SETTING, f"wrong setting: {error}{cause}")


def _pydantic(error: Any) -> Failure:
    return bad_settings(error) if hasattr(error, "errors") else Failure(DEFECT, f"{error}; {SHOW_TRACEBACK}")


def kafka_said(error: Exception) -> str:
    """What a `KafkaException` says, without its code and flags."""
    detail = error.args[0] if error.args else error
    return str(detail.str() if hasattr(detail, "str") else detail)


def _kafka(error: Any) -> Failure:
    detail = error.args[0] if error.args else error
    text = kafka_said(error)
    name = detail.name() if hasattr(detail, "name") else type(error).__name__
    if name in FORBIDDEN:
        user = _setting("kafka_user") or "who does not log in"
        return Failure(
            BAD_SETTING,
            f"Kafka at {_setting('kafka_bootstrap')} does not allow this to {user} ({name}): set MASTERX_KAFKA_USER to "
            "one who may, or give it the right; 'masterx topics acls' gives the apps theirs",
        )
    if name == TOO_LARGE:
        return Failure(BAD_INPUT, f"the event is larger than Kafka takes: {text}")
    return Failure(UNAVAILABLE, f"Kafka at {_setting('kafka_bootstrap')}: {text}; 'masterx up' starts a local one")


def _clickhouse(error: Any) -> Failure:
    from cli.clickhouse import failure
    from sinks.client import explained

    return failure(explained(error, _setting("clickhouse_url")))


def _sinks(error: Any) -> Failure:
    from cli.clickhouse import failure

    return failure(error)


def _redis(error: Any) -> Failure:
    from config.redis import explained, refusal, url
    from config.settings import settings

    address = url(settings())
    refused = refusal(error, address)
    return Failure(BAD_SETTING, refused) if refused else Failure(UNAVAILABLE, explained(error, address))


def _system(error: OSError) -> Failure:
    what = f" {error.filename}" if error.filename else ""
    if error.errno == errno.EADDRINUSE:
        return Failure(CANNOT_CREATE, f"the port is taken: {error.strerror}; end what uses it or choose another")
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
        return Failure(NO_INPUT, f"{error.strerror}:{what or ' ' + str(error)}")
    if isinstance(error, ConnectionError | TimeoutError):
        return Failure(UNAVAILABLE, f"no connection: {error.strerror or error}")
    return Failure(CANNOT_CREATE, f"{error.strerror or error}:{what}")


def _setting(name: str) -> str:
    from config.settings import settings

    return str(getattr(settings(), name))


def _local(error: Exception) -> Failure:
    return Failure(CANNOT_CREATE, str(error))


def _config(error: Exception) -> Failure:
    # Every error of ours in `config` is about what was set.
    if isinstance(error, ValueError):
        return Failure(BAD_SETTING, str(error))
    return Failure(DEFECT, f"unexpected {type(error).__name__}: {error}; {SHOW_TRACEBACK}")


FAMILIES = {
    "config": _config,
    "local": _local,
    "sinks": _sinks,
    "pydantic_core": _pydantic,
    "pydantic_settings": _unreadable_settings,
    "cimpl": _kafka,
    "confluent_kafka": _kafka,
    "aiokafka": _kafka,
    "clickhouse_connect": _clickhouse,
    "redis": _redis,
}

import errno

import pytest

from cli import exits
from cli.errors import to_failure
from cli.exits import Failure
from local.errors import LocalStackError
from sinks.errors import ClickHouseAway, ClickHouseRefusal, SinkError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClickHouseAway("away"), exits.UNAVAILABLE),
        (ClickHouseRefusal("no", 62), exits.BAD_INPUT),
        (ClickHouseRefusal("no", 497), exits.BAD_SETTING),
        (ClickHouseRefusal("no", 516), exits.BAD_SETTING),
        (SinkError("no address"), exits.BAD_SETTING),
        (LocalStackError("port 1 is taken"), exits.CANNOT_CREATE),
        (OSError(errno.EADDRINUSE, "Address already in use"), exits.CANNOT_CREATE),
        (FileNotFoundError(errno.ENOENT, "No such file", "x.csv"), exits.NO_INPUT),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), exits.UNAVAILABLE),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), exits.CANNOT_CREATE),
        (KeyError("x"), exits.DEFECT),
        (Failure(exits.NO_INPUT, "gone"), exits.NO_INPUT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_has_its_code_and_one_line(error: Exception, code: int) -> None:
    failure = to_failure(error)
    assert failure.code == code
    assert str(failure)
    assert "\n" not in str(failure)


def test_a_line_of_several_becomes_one() -> None:
    assert str(Failure(exits.USAGE, "a\n  b\tc")) == "a b c"


def test_codes_differ() -> None:
    codes = [value for name, value in vars(exits).items() if name.isupper()]
    assert len(codes) == len(set(codes)) == 11

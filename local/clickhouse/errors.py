"""Errors as ClickHouse's HTTP interface reports them: a text, a code, a status."""

import re

_CODE = re.compile(r"Code: (\d+)\. (?:DB::)?Exception")
_VERSION = re.compile(r"\(version [^)]*\)\s*$")

UNKNOWN_EXCEPTION = 1002

# ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
_STATUS = {
    400: (
        6, 8, 15, 25, 26, 27, 36, 38, 41, 43, 44, 53, 56, 62, 72, 117, 164, 167, 168, 171, 223, 321, 376, 427, 456,
        457, 635,
    ),
    403: (192, 193, 497, 516),
    404: (46, 47, 50, 60, 63, 73, 78, 81, 115, 336, 372),
    408: (159,),
    501: (48,),
    503: (202, 209, 210, 439),
}  # fmt: skip
_STATUS_BY_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


class ClickHouseError(Exception):
    """A refused request. `text` is the whole answer, `code` ClickHouse's number for it."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.text = text
        self.code = code

    @property
    def http_status(self) -> int:
        return _STATUS_BY_CODE.get(self.code, 500)


def refusal(code: int, name: str, message: str) -> ClickHouseError:
    """An error of the interface itself, worded as the engine words its own."""
    return ClickHouseError(f"Code: {code}. DB::Exception: {message}. ({name})", code)


def from_engine(error: Exception, version: str) -> ClickHouseError:
    """What the engine raised, with its code, its version, and without the binding's own prefix."""
    text = str(error)
    found = _CODE.search(text)
    if found is None:
        return ClickHouseError(f"Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text}", UNKNOWN_EXCEPTION)
    text = text[found.start() :].strip()
    if not _VERSION.search(text):
        text += f" (version {version})"
    return ClickHouseError(text, int(found.group(1)))

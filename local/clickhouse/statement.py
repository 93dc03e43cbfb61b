"""Just enough of ClickHouse's grammar to know what a request's text is and where an insert's data begins."""

import re
from typing import NamedTuple

_BLANK = re.compile(rb"(?:\s+|--[^\n]*(?:\n|\Z)|#[!\s][^\n]*(?:\n|\Z)|/\*.*?\*/|;)+", re.DOTALL)
_TOKEN = re.compile(
    rb"""(?P<skip>\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)
    |(?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_TRAILING_FORMAT = re.compile(rb"\bFORMAT\s+([A-Za-z][A-Za-z0-9]*)\s*(?:SETTINGS\s[^'\"`]*)?;?\s*\Z", re.IGNORECASE)
_FORMAT_NAME = re.compile(rb"\s*([A-Za-z][A-Za-z0-9]*)[ \t\r]*\n?")

_ANSWERS = frozenset(b"SELECT WITH SHOW DESCRIBE DESC EXISTS EXPLAIN CHECK KILL VALUES FROM EXECUTE".split())
_STATEFUL = frozenset(b"SET USE".split())


class Insert(NamedTuple):
    """`INSERT INTO ...` up to its settings, the data's format, the data, and `SETTINGS ...` where it has any."""

    target: str
    format: str
    data: bytes
    settings: str = ""


def first_word(text: bytes) -> bytes:
    """The statement's first keyword in upper case; `(` for a parenthesised select, empty for an empty text."""
    blank = _BLANK.match(text)
    start = blank.end() if blank else 0
    word = re.match(rb"[A-Za-z]+|\(", text[start : start + 32])
    return word.group().upper() if word else b""


def has_answer(word: bytes) -> bool:
    """Whether a statement that begins with `word` gives a result set."""
    return word == b"(" or word in _ANSWERS


def changes_session(word: bytes, text: bytes) -> bool:
    """Whether later statements of a session would behave differently."""
    if word in _STATEFUL:
        return True
    return word == b"CREATE" and re.search(rb"\bTEMPORARY\b", text[:200], re.IGNORECASE) is not None


def output_format(text: bytes) -> str | None:
    """The format that the text itself asks for."""
    found = _TRAILING_FORMAT.search(text[-400:])
    return found.group(1).decode() if found else None


def split_insert(text: bytes) -> Insert | None:
    """The parts of an insert that carries its data; None for `INSERT ... SELECT` and `FROM INFILE`."""
    depth, words, previous, settings = 0, 0, b"", None
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "skip":
            continue
        value = token.group()
        if kind == "other":
            depth += (value in b"([{") - (value in b")]}")
        elif kind == "word" and depth == 0:
            words += 1
            # INSERT INTO [TABLE] name: a table may be called `values` or `format`.
            if words > 2 and previous not in (b".", b"INTO", b"TABLE", b"FUNCTION"):
                upper = value.upper()
                if upper == b"SETTINGS" and settings is None:
                    settings = token.start()
                if upper == b"VALUES":
                    return _cut(text, settings, token.start(), "Values", token.end())
                if upper == b"FORMAT":
                    name = _FORMAT_NAME.match(text, token.end())
                    return _cut(text, settings, token.start(), name.group(1).decode(), name.end()) if name else None
                if upper in (b"SELECT", b"WITH", b"FROM", b"WATCH"):
                    return None
        previous = value.upper() if kind == "word" else value
    return None


def _cut(text: bytes, settings: int | None, head_end: int, name: str, data_start: int) -> Insert:
    target_end = head_end if settings is None else settings
    return Insert(text[:target_end].decode(), name, text[data_start:], text[target_end:head_end].decode())

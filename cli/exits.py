"""Exit codes, and the one exception that a command ends with when it can't do what it was asked.

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | done, and the result is bad: records lost, duplicated or out of order, or `doctor` found something missing |
| 2 | the command line is wrong; the line names what would be right |
| 65 | the input given is malformed: a data file, an event, an SQL statement |
| 66 | the input given does not exist: a file, a topic, a record, a message id |
| 69 | a service can't be reached |
| 70 | a defect of the program itself |
| 73 | a port or a directory can't be taken |
| 75 | a worker found itself stuck, lost to its group, or larger than its memory limit: start it again |
| 78 | a setting is wrong, or a worker gave up since most records of a topic were refused |
| 130 | interrupted with Ctrl-C |

65 to 78 are those of BSD's sysexits.h.
"""

OK = 0
BAD_RESULT = 1
USAGE = 2
BAD_INPUT = 65
NO_INPUT = 66
UNAVAILABLE = 69
DEFECT = 70
CANNOT_CREATE = 73
STUCK = 75
BAD_SETTING = 78
INTERRUPTED = 130


class Failure(Exception):
    """Ends the command with `code` and one line: what is wrong and what to do."""

    def __init__(self, code: int, line: str) -> None:
        super().__init__(" ".join(line.split()))
        self.code = code

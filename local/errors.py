"""What the local stack raises."""


class LocalStackError(Exception):
    """The local stack cannot start or go on; the message is one line that says what is wrong and what to do."""

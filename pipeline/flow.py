"""Faust's flow control, which throws away what is queued at each resumption, with the loss mended."""

from mode.utils.queues import FlowControlEvent


class FlowControl(FlowControlEvent):  # type: ignore[misc]
    """Resumes once.

    While it restores tables, Faust resumes a flow that it has resumed already. What lies in the queues by then are
    changes of the standby tables, handed on since the first time: thrown away, they would be missing from the table for
    good, since those after them count as its state. A worker that takes over with such a table does not know replies
    that were given, and gives others.
    """

    def resume(self) -> None:
        """Go on. What was queued before the flow was suspended is thrown away: it is read again."""
        if not self.is_active():
            super().resume()

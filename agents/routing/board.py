"""How a worker hears of the other workers' providers, and they of its."""

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.provider_notices import Notice


class NoticeBoard(Protocol):
    """Where notices go, and where those of others come from. Nothing is raised; where it is away nothing comes."""

    def listen(self, providers: Sequence[str], heard: Callable[[Notice], None]) -> None:
        """Begin to hand on what others tell of these providers, beginning with what holds now. From the event loop."""
        ...

    def tell(self, notice: Notice) -> None:
        """Tell the others. From the event loop; never blocks."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...

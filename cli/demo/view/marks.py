"""Small drawings out of characters."""

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, width: int) -> str:
    """A bar of `width` columns, `share` (0 to 1) of it filled, to an eighth of a column."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def spark(values: Sequence[float], width: int) -> str:
    """The last `width` values (0 to 1), one column each."""
    shown = values[-width:]
    return "".join(BLOCKS[min(int(min(max(value, 0.0), 1.0) * len(BLOCKS)), len(BLOCKS) - 1)] for value in shown)


def ms(value: float | None) -> str:
    """Milliseconds, as precise as is of use; a dash for None."""
    if value is None:
        return "-"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"

"""What routing workers tell each other of their providers, so that an outage is paid for once and not by each of them.

Notices are hearsay: a worker whose own calls to the provider do well goes on with it. Where none come (Redis is away),
each worker finds out by itself.
"""

from typing import Literal, NamedTuple

import orjson

CHANNEL = "masterx.providers"
# Where what holds now is kept for workers that come later: this, the provider, a colon, the kind.
KEPT = "masterx:provider:"

NoticeKind = Literal["open", "closed", "limited"]
KINDS: tuple[NoticeKind, ...] = ("open", "closed", "limited")


class NoticeError(ValueError):
    """The bytes are no notice."""


class Notice(NamedTuple):
    """One worker's word on a provider. Spans in seconds rather than moments: the workers' clocks may differ.

    `open`: its breaker is open since `seconds`, after calls failed for `failing` without a good one between; the next
    probe is made in `cooldown`. `closed`: a probe was answered. `limited`: the provider asked, by a 429 or a
    Retry-After, to be left alone for `seconds`.
    """

    provider: str
    kind: NoticeKind
    seconds: float = 0.0
    failing: float = 0.0
    cooldown: float = 0.0

    def aged(self, seconds: float) -> "Notice | None":
        """The same when it is that old; None where it holds no longer."""
        if self.kind == "open":
            return self._replace(
                seconds=self.seconds + seconds,
                failing=self.failing + seconds,
                cooldown=max(0.0, self.cooldown - seconds),
            )
        if self.kind == "limited":
            return self._replace(seconds=self.seconds - seconds) if self.seconds > seconds else None
        return None


def dumps(notice: Notice, worker: str) -> bytes:
    """As it is sent, with the name of the worker that it is from."""
    return orjson.dumps({"version": 1, "worker": worker, **notice._asdict()})


def loads(stored: bytes) -> tuple[str, Notice]:
    """The worker and its notice. Raises `NoticeError`."""
    try:
        raw = orjson.loads(stored)
        if raw["version"] != 1 or raw["kind"] not in KINDS:
            raise NoticeError(f"not a notice of version 1: {stored[:80]!r}")
        spans = [float(raw[name]) for name in ("seconds", "failing", "cooldown")]
        # Also false for what is not a number.
        if not all(0 <= span < float("inf") for span in spans):
            raise NoticeError(f"not spans of time: {stored[:200]!r}")
        return str(raw["worker"]), Notice(str(raw["provider"]), raw["kind"], *spans)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise NoticeError(str(error)) from error

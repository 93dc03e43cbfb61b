"""The pocket broker: librdkafka's built-in one, for machines without Java 17 or Maven.

In memory and forgetful: nothing survives its end, a group has one worker, topics have four partitions and keep about
5 MB each. `python -m local.pocket FILE` runs it and writes its address to FILE.
"""

import signal
import sys
from pathlib import Path

from local.errors import LocalStackError
from local.service import Service

WHAT_IT_MEANS = (
    "pocket broker: messages are kept in memory only, one worker per group, no recovery after a crash. "
    "For the real one install Java 17 and Maven (Debian: apt install openjdk-17-jre-headless maven) and start again."
)


class Pocket(Service):
    """Chooses its port itself: after a restart it has another address, and no messages."""

    name = "pocket"

    @property
    def _address_file(self) -> Path:
        return self.directory / "address"

    @property
    def bootstrap(self) -> str:
        """Raises `LocalStackError` while it is not running."""
        try:
            return self._address_file.read_text().strip()
        except OSError as error:
            raise LocalStackError("the pocket broker is not running: start it first") from error

    @property
    def address(self) -> str:
        return self.bootstrap

    def prepare(self) -> None:
        self._address_file.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "local.pocket", str(self._address_file)]

    def answers(self) -> bool:
        return self._address_file.exists()


def main(arguments: list[str]) -> int:
    from confluent_kafka import Producer

    target = Path(arguments[0])
    owner = Producer({"test.mock.num.brokers": 1})
    brokers = owner.list_topics(timeout=10).brokers.values()
    unfinished = target.with_suffix(".partial")
    unfinished.write_text(",".join(f"{broker.host}:{broker.port}" for broker in brokers))
    unfinished.rename(target)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sys.exit(main(sys.argv[1:]))

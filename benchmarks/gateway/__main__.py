"""`python -m benchmarks.gateway`: many open streams, their tokens, and posts; ends with one line of figures."""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redis import Redis

from benchmarks import history
from benchmarks.gateway import metrics
from benchmarks.gateway.process import GatewayProcess
from cli.stack import settings_for
from cli.verify import percentile
from local.ports import HOST, free_port
from local.stack import Stack
from pipeline import admin
from schemas.token_frames import TokenFrame, channel, dumps

# A process may open 20,000 descriptors on many machines, and both ends of a session may be on this one.
SESSIONS_A_PROCESS = 9000
FANOUT_SESSIONS, FANOUT_RATE, FANOUT_SECONDS = 1000, 5.0, 15.0
POST_RATE, POST_SECONDS = 500, 15.0


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


class Sessions:
    """A process that holds sessions open; see `benchmarks.gateway.sessions`."""

    def __init__(self, orders: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.gateway.sessions", json.dumps(orders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> dict[str, Any]:
        """Its next line. Raises `RuntimeError` when it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a process of clients ended early")
        found: dict[str, Any] = json.loads(line)
        return found

    def finish(self) -> dict[str, Any]:
        """End it; what it says of its end."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self.answer()
        self._process.communicate()
        return answer

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.communicate()


def opened(ports: Sequence[int], sessions: int, path: str, key: str) -> tuple[list[Sessions], int, float]:
    """Clients with `sessions` open, spread over `ports`; how many opened, and how many a second."""
    share = [sessions // len(ports) + (number < sessions % len(ports)) for number in range(len(ports))]
    begin = time.monotonic()
    clients = [
        Sessions(
            {
                "host": HOST,
                "port": port,
                "path": path,
                "key": key,
                "sessions": count,
                "first": sum(share[:number]),
                # A source address has some 28,000 ports.
                "source": f"127.0.0.{number + 2}",
            }
        )
        for number, (port, count) in enumerate(zip(ports, share, strict=True))
    ]
    answers = [client.answer() for client in clients]
    say(f"opened {sum(answer['opened'] for answer in answers)} in {time.monotonic() - begin:.1f} s")
    total = sum(answer["opened"] for answer in answers)
    return clients, total, total / max(answer["seconds"] for answer in answers)


def rss(pid: int) -> int:
    """Resident memory of a process, bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fan_out(redis_url: str, sessions: int) -> None:
    """Publish tokens to the first sessions, each text the time at which it was made."""
    redis = Redis.from_url(redis_url)
    count, rounds = min(FANOUT_SESSIONS, sessions), int(FANOUT_RATE * FANOUT_SECONDS)
    slots = int(1 / FANOUT_RATE / 0.02)
    begin, message = time.monotonic(), str(uuid.uuid4())
    for number in range(rounds):
        # Learners' frames are spread over the fifth of a second, as replies that know nothing of each other are.
        for slot in range(slots):
            due = begin + number / FANOUT_RATE + slot * 0.02
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            batch = redis.pipeline(transaction=False)
            for learner in range(slot, count, slots):
                frame = TokenFrame(message, message, None, 1, number, 1, f"{time.time_ns()} ")
                batch.publish(channel(f"bench/l-{learner}".encode()), dumps(frame))
            batch.execute()
    redis.close()


def echo_kib(server_name: str, sessions: int) -> float | None:
    """Memory of one session in a bare echo server, KiB; see `benchmarks.gateway.echo`."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.gateway.echo", server_name, str(port)])
    try:
        _listening(port)
        before = rss(server.pid)
        clients, count, _ = opened([port], sessions, "/", "")
        kib = (rss(server.pid) - before) / 1024 / count if count else None
        server.kill()
        for client in clients:
            client.kill()
        return round(kib, 1) if kib is not None else None
    finally:
        server.kill()
        server.wait()


def _listening(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the echo server did not start")


def posts(gateway: GatewayProcess) -> dict[str, Any]:
    """Posts at the fixed rate, from a process of their own."""
    orders = {"host": HOST, "port": gateway.port, "key": gateway.key, "rate": POST_RATE, "seconds": POST_SECONDS}
    command = [sys.executable, "-m", "benchmarks.gateway.posts", json.dumps(orders)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measure(directory: Path, sessions: int, hold: float) -> dict[str, Any]:
    """The figures. Raises `LocalStackError`."""
    with Stack(directory / "stack", provider=False) as stack:
        variables = {**stack.environment(), "MASTERX_GATEWAY_REPLAY_SECONDS": "0"}
        admin.create(settings_for(variables))
        count = -(-sessions // SESSIONS_A_PROCESS)
        first = GatewayProcess(directory, variables, name="gateway-0")
        gateways = [first] + [
            GatewayProcess(directory, variables, key=first.key, name=f"gateway-{number}") for number in range(1, count)
        ]
        clients: list[Sessions] = []
        try:
            for gateway in gateways:
                gateway.start()
            figures = posts(first)
            say(f"posts: {figures}")
            figures |= asyncio.run(metrics.measure(first, variables["MASTERX_KAFKA_BOOTSTRAP"]))
            before = sum(gateway.rss_bytes() for gateway in gateways)
            clients, total, rate = opened([gateway.port for gateway in gateways], sessions, "/v1/stream", first.key)
            time.sleep(3)
            kib = (sum(gateway.rss_bytes() for gateway in gateways) - before) / 1024 / max(total, 1)
            held_until = time.monotonic() + hold
            fan_out(stack.valkey.url, sessions)
            time.sleep(max(1.0, held_until - time.monotonic()))
            ends = [client.finish() for client in clients]
            clients = []
        finally:
            for client in clients:
                client.kill()
            for gateway in gateways:
                gateway.stop()
    ages = [age for end in ends for age in end["ages_ms"]]
    return {
        "sessions_open": total,
        "sessions_kept": sum(end["kept"] for end in ends),
        "held_s": hold,
        "gateways": count,
        "kib_per_session": round(kib, 1),
        "fanout_p50_ms": percentile(ages, 0.5),
        "fanout_p99_ms": percentile(ages, 0.99),
        "fanout_frames": len(ages),
        "accepts_per_s": round(rate, 1),
        "echo_kib_per_session": echo_kib("websockets", min(sessions, SESSIONS_A_PROCESS)),
        "uvicorn_echo_kib_per_session": echo_kib("uvicorn", min(sessions, SESSIONS_A_PROCESS)),
        **figures,
    }


def main() -> int:
    """Measure and record; the exit code is 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000, help="open at once (default %(default)s)")
    parser.add_argument("--hold", type=float, default=300.0, help="seconds they are held (default %(default)s)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        history.record("gateway", measure(Path(directory), asked.sessions, asked.hold))
    return 0


if __name__ == "__main__":
    sys.exit(main())

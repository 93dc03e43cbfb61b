"""`python -m benchmarks.gateway.security`: who gets into a running gateway; ends with one line of figures.

The exit code is 1 when anybody got in, anything broke, or somebody who may could not.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.gateway.process import GatewayProcess
from benchmarks.gateway.security import access, malformed, pressure
from benchmarks.gateway.security.asking import Asker, guarded, sockets, unknown
from benchmarks.gateway.security.fuzz import Fuzz
from benchmarks.gateway.security.table import Table
from cli.clickhouse import connected
from cli.stack import environment, settings_for
from cli.workers import Workers
from local.stack import Stack
from pipeline import admin
from sinks.migrate import migrate

PAGE = Path(__file__).parents[3] / "docs" / "gateway-security.md"
HEAD = """# Who gets into the gateway

Made by `make verify-gateway`, which runs the whole system on one machine, tries all of this on the gateway as it is
served, walking its table of routes, and fails when anybody got in, anything broke, or somebody who may could not.

*refused*: a 4xx, a cut line, or, under a flood, 503 with `Retry-After`. *apart*: answered from the intruder's own room,
and nothing of the other's was in it. *control*: somebody who may, and could.

"""


def everywhere() -> dict[str, frozenset[str]]:
    """Short names for the sets of all routes and sockets."""
    posts = frozenset(access.named(route) for route in guarded() if "POST" in (route.methods or ()))
    gets = frozenset(access.named(route) for route in guarded()) - posts
    streams = frozenset(access.named(socket) for socket in sockets())
    return {
        "every route and socket": posts | gets | streams,
        "every route": posts | gets,
        "every POST": posts,
        "every GET": gets,
        "every socket": streams,
    }


def listed() -> str:
    """What "every" means in the tables."""
    places = sorted(everywhere()["every route and socket"])
    return f"Every route and socket: {', '.join(f'`{place}`' for place in places)}.\n\n"


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


async def attack(gateway: GatewayProcess, redis_url: str, table: Table, steps: list[str]) -> access.Victim | None:
    """All tries but the made-up requests. Returns whose name was tried to be used."""
    asker = Asker(gateway)
    victim: access.Victim | None = None
    async with asker.http:
        if "access" in steps:
            victim = await access.settle(asker)
            await access.bad_tokens(asker, table)
            await access.foreign_ids(asker, victim, table)
            await access.foreign_streams(asker, victim, table)
            say(f"access: {table.figures()}")
        if "malformed" in steps:
            await malformed.try_bodies(asker, table)
            await malformed.try_frames(asker, table)
            await malformed.try_heads(asker, table)
            say(f"malformed: {table.figures()}")
        if "pressure" in steps:
            await pressure.slow_readers(asker, redis_url, table)
            await pressure.floods(asker, table)
            say(f"pressure: {table.figures()}")
    return victim


def measure(directory: Path, table: Table, steps: list[str], examples: int) -> dict[str, Any]:
    """Fill `table`; the figures. Raises `LocalStackError`."""
    if unknown():
        raise RuntimeError(f"routes of a kind that is not tried: {unknown()}")
    begin = time.monotonic()
    with Stack(directory / "stack", broker="kafka") as stack:
        variables = environment(stack, test_provider=True)
        settings = settings_for(variables)
        admin.create(settings)
        with connected(settings, database=False) as client:
            migrate(client, settings)
        gateway = GatewayProcess(directory, variables)
        with Workers(directory, variables):
            gateway.start()
            try:
                before = gateway.rss_bytes()
                victim = asyncio.run(attack(gateway, stack.valkey.url, table, steps))
                fuzz = Fuzz(f"http://{gateway.address}", table)
                if "fuzz" in steps:
                    started = time.monotonic()
                    who = {
                        "a learner": f"Bearer {gateway.token('fay')}",
                        "staff": f"Bearer {gateway.token(None, role='staff')}",
                    }
                    fuzz.run(who, examples=examples)
                    say(f"fuzz: {fuzz.requests} requests in {time.monotonic() - started:.0f} s; {fuzz.undocumented}")
                    for failure in fuzz.failures:
                        say(f"  {failure}")
                if victim is not None:
                    access.in_their_name(settings.kafka_bootstrap, victim, table)
                    answered = asyncio.run(_still_answers(gateway))
                    table.control("Afterwards", "a learner asks, and is answered", "WebSocket /v1/stream",
                                  "answered" if answered else "not answered", answered)  # fmt: skip
                grown = (gateway.rss_bytes() - before) / 2**20
            finally:
                gateway.stop()
                log = gateway.log_path.read_text(errors="replace")
    defects = log.count("Traceback (most recent call last)")
    if defects:
        say(log[max(0, log.index("Traceback") - 200) :][:3000])
    table.control("Afterwards", "the gateway's log holds no defect", "log", f"{defects} tracebacks", defects == 0)
    secret = any(secret in log for secret in ("eyJ", "lighthouse", gateway.key))
    table.foreign(
        "Afterwards", "tokens, keys and texts in the log", "log", 403, b"secret" if secret else b"", ("secret",)
    )
    return {
        **table.figures(),
        "fuzz_requests": fuzz.requests,
        "undocumented": sum(fuzz.undocumented.values()),
        "rss_grown_mib": round(grown, 1),
        "seconds": round(time.monotonic() - begin, 1),
    }


async def _still_answers(gateway: GatewayProcess) -> bool:
    asker = Asker(gateway)
    async with asker.http, asker.opened("/v1/stream", asker.bearer("last")) as stream:
        taken = (await asker.post("messages", asker.bearer("last"), {"text": "Is anybody there?"})).json()
        try:
            async with asyncio.timeout(60):
                async for text in stream:
                    if '"type":"response"' in text and taken["message_id"] in text:
                        return True
        except TimeoutError:
            return False
    return False


def main() -> int:
    """Try everything, write the page, record the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway.security", description=__doc__)
    parser.add_argument("--examples", type=int, default=12, help="made-up requests of a kind, operation and role")
    parser.add_argument("--steps", default="access,malformed,pressure,fuzz", help="some alone: no page, no history")
    asked = parser.parse_args()
    table, steps = Table(), asked.steps.split(",")
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(Path(directory), table, steps, asked.examples)
    for each in table.failed:
        say(f"{each.verdict}: {each.group}: {each.what}: {each.where}: {each.outcome}")
    if steps != parser.get_default("steps").split(","):
        say(table.markdown(everywhere()))
        say(str(figures))
    else:
        PAGE.write_text(HEAD + listed() + table.markdown(everywhere()).rstrip() + "\n")
        history.record("gateway-security", figures)
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())

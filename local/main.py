"""`python -m local.main up`: the local stack until a signal ends it."""

import argparse
import json
import signal
import sys

from local.errors import LocalStackError
from local.pocket import WHAT_IT_MEANS
from local.stack import Stack, why_pocket


def _addresses(stack: Stack) -> dict[str, str]:
    return {**stack.environment(), "MASTERX_TEST_PROVIDER_URL": stack.provider_url}


def _up(options: argparse.Namespace) -> int:
    stack = Stack(options.dir, broker=options.broker)
    if stack.broker == "pocket":
        reason = why_pocket() if options.broker == "auto" else WHAT_IT_MEANS
        print(reason or WHAT_IT_MEANS, file=sys.stderr)
    with stack:
        addresses = _addresses(stack)
        if options.json:
            print(json.dumps(addresses), flush=True)
        else:
            print("\n".join(f"{name}={value}" for name, value in addresses.items()), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 after a signal, 1 when the stack cannot start (one line on stderr says why)."""
    parser = argparse.ArgumentParser(prog="python -m local.main")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the local stack and run until a signal")
    up.add_argument("--dir", default=".masterx/stack", help="where all data goes (default: %(default)s)")
    up.add_argument("--broker", default="auto", help="auto, kafka, pocket or HOST:PORT (default: %(default)s)")
    up.add_argument("--json", action="store_true", help="print the addresses as one JSON object")
    options = parser.parse_args(arguments)
    # Blocked in every thread, so that only `sigwait` takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        return _up(options)
    except LocalStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

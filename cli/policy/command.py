"""`masterx policy evaluate`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import NO_INPUT, USAGE, Failure
from cli.finite import finite
from cli.screen import note, out, table

if TYPE_CHECKING:
    from agents.routing.offpolicy import Estimate

app = typer.Typer(no_args_is_help=True, help="Judge routing policies on what was logged.")

# Fewer decisions than this that the policy might have made too say nothing.
LEAST_EFFECTIVE = 10.0


@app.callback()
def policy() -> None:
    """Judge routing policies on what was logged."""


@app.command("evaluate")
def evaluate(
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="POLICY", help="logged, greedy, uniform or always:PROVIDER; all unless given."),
    ] = None,
    days: Annotated[
        float, typer.Option(min=0.0, max=36500.0, callback=finite, help="Rewards of so many days back.")
    ] = 30.0,
    tenant: Annotated[str, typer.Option(help="Only those of this tenant's learners.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print what a policy would have earned, by the decisions and rewards in ClickHouse.

    A reward lies between -1 and 1; the intervals are of 95 %. `counts as` is how many decisions the weights leave.
    """
    import dataclasses
    from datetime import UTC, datetime, timedelta

    import orjson

    from agents.routing.policies import judge, targets
    from cli.clickhouse import connected
    from cli.policy.fetch import fetch
    from config.settings import settings

    until = datetime.now(UTC) + timedelta(days=1)
    with connected(settings()) as client:
        log = fetch(client, until - timedelta(days=1 + days), until, tenant)
    if not log.decisions:
        raise Failure(NO_INPUT, f"no rewarded decision of the last {days:g} days in ClickHouse")
    known = targets(sorted({provider for decision in log.decisions for provider in decision.candidates}))
    if unknown := [wanted for wanted in name or [] if wanted not in known]:
        raise Failure(USAGE, f"no policy {unknown[0]!r} in this log: there are {', '.join(known)}")
    rows = []
    for wanted in name or list(known):
        found = judge(log.decisions, known[wanted])
        if json:
            out(orjson.dumps({"policy": wanted, "decisions": len(log.decisions), **dataclasses.asdict(found)}).decode())
        rows.append(
            (
                wanted,
                f"{found.ips.effective:.0f}",
                *(_shown(one, found.ips.effective) for one in (found.ips, found.snips, found.doubly_robust)),
            )
        )
    if not json:
        numeric = (False, True, True, True, True)
        table(("policy", "counts as", "inverse propensity", "self-normalised", "doubly robust"), rows, numeric=numeric)
    aside = f"; {log.fallbacks} answered by a fallback left out" if log.fallbacks else ""
    note(f"{len(log.decisions)} decisions{aside}")


def _shown(estimate: "Estimate", effective: float) -> str:
    if effective < LEAST_EFFECTIVE:
        return "too few"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
